import Foundation
import Imaging
import Localization
import Networks
import Tensors
import Testing

@Suite struct RandomWalkTests {
  /// The fixture of the card: edges of 4 x 4 and what starts at two cells.
  private static let edge = Image(
    width: 4, height: 4,
    pixels: [
      0.1, 0.1, 0.9, 0.1, 0.1, 0.2, 0.8, 0.1, 0.1, 0.1, 0.9, 0.2, 0.1, 0.1, 0.7, 0.1,
    ])
  private static var start: Image {
    var start = Image(width: 4, height: 4)
    start[1, 0] = 1
    start[0, 1] = 0.5
    return start
  }

  private static func walked(_ radius: Int, _ beta: Double, _ times: Int) throws -> Image {
    let settings = RandomWalk.Settings(radius: radius, beta: beta, times: times)
    return try RandomWalk(edge: edge, settings: settings).propagate(start)
  }

  private func expect(_ value: Float, _ truth: Double) {
    #expect(abs(Double(value) - truth) <= 5.1e-7, "\(value) for \(truth)")
  }

  @Test func fourSteps() throws {
    let map = try Self.walked(2, 10, 2)
    let truth: [[Double]] = [
      [0.289464, 0.294124, 0, 0], [0.233885, 0.189939, 0, 0], [0.117332, 0.09028, 0, 0],
      [0.067671, 0.06767, 0, 0],
    ]
    for row in 0..<4 {
      for column in 0..<4 { expect(map[row, column], truth[row][column]) }
    }
  }

  @Test func manySteps() throws {
    let map = try Self.walked(2, 10, 8)
    expect(map[3, 2], 0.000233)
    for row in 0..<4 {
      for column in 0..<2 { #expect(abs(Double(map[row, column]) - 0.159755) < 2.5e-6) }
    }
  }

  @Test func wideAndFlat() throws {
    let map = try Self.walked(3, 5, 3)
    for (column, truth) in [0.168995, 0.169122, 0.000087, 0.000207].enumerated() {
      expect(map[0, column], truth)
    }
    expect(map[3, 2], 0.005103)
  }

  /// `a^beta` of every two cells, from the paths alone, as a dense matrix; then its powers.
  private static func dense(_ edge: Image, _ start: Image, _ s: RandomWalk.Settings) -> [Double] {
    let count = edge.pixels.count
    var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
    for a in 0..<count {
      matrix[a][a] = 1
      let (ay, ax) = (a / edge.width, a % edge.width)
      for b in a + 1..<count {
        let (dy, dx) = (b / edge.width - ay, b % edge.width - ax)
        let square = dy * dy + dx * dx
        guard square < s.radius * s.radius else { continue }
        var highest = 0.0
        for y in 0...dy {
          for x in min(0, dx)...max(0, dx) where (dy * x - dx * y) * (dy * x - dx * y) < square {
            highest = max(highest, Double(edge[ay + y, ax + x]))
          }
        }
        matrix[a][b] = pow(1 - highest, s.beta)
        matrix[b][a] = matrix[a][b]
      }
    }
    let sums = (0..<count).map { column in matrix.reduce(0) { $0 + $1[column] } }
    var vector = (0..<count).map {
      Double(start.pixels[$0]) * (1 - Double(edge.pixels[$0]))
    }
    for _ in 0..<1 << s.times {
      vector = (0..<count).map { column in
        (0..<count).reduce(0) { $0 + vector[$1] * matrix[$1][column] } / sums[column]
      }
    }
    return vector
  }

  private static func random(_ width: Int, _ height: Int, _ source: inout RandomSource) -> Image {
    Image(
      width: width, height: height,
      pixels: (0..<width * height).map { _ in Float(source.uniform()) })
  }

  @Test(arguments: [(5, 10.0, 5), (3, 5, 3), (2, 10, 6), (10, 2, 4), (4, 1, 0)])
  func sparseIsDense(_ radius: Int, _ beta: Double, _ times: Int) throws {
    let seed = UInt64.random(in: 0...1 << 32)
    print("RandomWalkTests.sparseIsDense seed \(seed)")
    var source = RandomSource(seed: seed)
    let settings = RandomWalk.Settings(radius: radius, beta: beta, times: times)
    for (width, height) in [(9, 7), (3, 12), (1, 5), (11, 2)] {
      var edge = Self.random(width, height, &source)
      for index in edge.pixels.indices { edge.pixels[index] *= edge.pixels[index] }
      let start = Self.random(width, height, &source)
      let ours = try RandomWalk(edge: edge, settings: settings).propagate(start)
      let truth = Self.dense(edge, start, settings)
      for (value, exact) in zip(ours.pixels, truth) {
        #expect(abs(Double(value) - exact) < 5e-6 * max(1, exact), "\(width) x \(height)")
      }
    }
  }

  @Test func bitsDoNotDependOnThreads() throws {
    var source = RandomSource(seed: 5)
    let edge = Self.random(37, 41, &source)
    let start = Self.random(37, 41, &source)
    let one = try RandomWalk(edge: edge).propagate(start)
    #expect(one.pixels.contains { $0 > 0 })
    for threads in [2, 3, 7] {
      let more = try RandomWalk(edge: edge, threads: threads).propagate(start, threads: threads)
      #expect(more == one)
    }
  }

  /// Cells on a boundary keep what they have and pass nothing on; as published they lose it.
  @Test func edgeCellsKeepTheirMap() throws {
    var edge = Image(width: 6, height: 3, filling: 0)
    for row in 0..<3 { edge[row, 2] = 1 }
    var start = Image(width: 6, height: 3)
    start[1, 2] = 0.75
    start[1, 4] = 0.5
    var settings = RandomWalk.Settings(radius: 2, beta: 10, times: 3)
    let published = try RandomWalk(edge: edge, settings: settings).propagate(start)
    settings.keepsEdgeCells = true
    let kept = try RandomWalk(edge: edge, settings: settings).propagate(start)
    #expect(published[1, 2] == 0 && kept[1, 2] == 0.75)
    for row in 0..<3 {
      for column in 0..<6 where column != 2 {
        #expect(kept[row, column] == published[row, column])
        #expect((kept[row, column] > 0) == (column > 2))
      }
    }
  }

  /// A wall keeps the map on its side.
  @Test func mapsStayWithinBoundaries() throws {
    var edge = Image(width: 24, height: 24, filling: 0.01)
    for row in 0..<24 { edge[row, 12] = 1 }
    var start = Image(width: 24, height: 24)
    start[10, 4] = 1
    let map = try PropagatedMap(
      [start], edge: edge, size: (94, 95), using: Workspace(threads: 2)
    )
    #expect(map.maps[0].width == 95 && map.maps[0].height == 94)
    #expect(map.maps[0].pixels.max() == 1)
    let labels = map.labels(background: 0.25)
    for row in 0..<94 {
      #expect(labels[row * 95..<row * 95 + 46].allSatisfy { $0 == 1 })
      #expect(labels[row * 95 + 52..<(row + 1) * 95].allSatisfy { $0 == 0 })
    }
  }

  /// Two by two cells to eight by eight pixels: the numbers of align_corners = false.
  @Test func enlargementAndLabels() throws {
    let first = Image(width: 2, height: 1, pixels: [0, 2])
    let second = Image(width: 2, height: 1, pixels: [1, 0])
    let map = try PropagatedMap(
      walked: [first, second], size: (2, 8), using: Workspace(threads: 1))
    let row = Array(map.maps[0].pixels.prefix(8))
    #expect(row == [0, 0, 0.125, 0.375, 0.625, 0.875, 1, 1])
    #expect(Array(map.maps[1].pixels.suffix(8)) == row.reversed().map { $0 / 2 })
    #expect(map.labels(background: 0.3).prefix(8) == [2, 2, 2, 1, 1, 1, 1, 1])
    let nothing = try PropagatedMap(
      walked: [Image(width: 2, height: 2)], size: (8, 8), using: Workspace(threads: 1))
    #expect(nothing.maps[0].pixels.allSatisfy { $0 == 0 })
  }

  @Test func badInputIsRefused() throws {
    let edge = Self.edge
    func refuse(_ settings: RandomWalk.Settings) {
      #expect(throws: LocalizationError(.settings)) {
        _ = try RandomWalk(edge: edge, settings: settings)
      }
    }
    refuse(.init(radius: 1))
    refuse(.init(radius: 33))
    refuse(.init(beta: .nan))
    refuse(.init(beta: 0))
    refuse(.init(times: -1))
    refuse(.init(times: 60))
    refuse(.init(background: .infinity))
    var broken = edge
    for value: Float in [-0.1, 1.1, .nan] {
      broken[0, 0] = value
      #expect(throws: LocalizationError(.values)) { _ = try RandomWalk(edge: broken) }
    }
    let walk = try RandomWalk(edge: edge)
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try walk.propagate(Image(width: 4, height: 3))
    }
    var start = Self.start
    start[2, 2] = .infinity
    #expect(throws: LocalizationError(.values)) { _ = try walk.propagate(start) }
    let workspace = Workspace(threads: 1)
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try PropagatedMap(walked: [edge], size: (17, 16), using: workspace)
    }
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try PropagatedMap(walked: [], size: (16, 16), using: workspace)
    }
  }

  @Test func settingsAreData() throws {
    let settings = RandomWalk.Settings()
    #expect(settings.radius == 5 && settings.beta == 10 && settings.times == 8)
    #expect(settings.background == 0.25 && PathIndex.trainingRadius == 10)
    let data = try JSONEncoder().encode(RandomWalk.Settings.cheXseg)
    #expect(try JSONDecoder().decode(RandomWalk.Settings.self, from: data) == .cheXseg)
  }
}
