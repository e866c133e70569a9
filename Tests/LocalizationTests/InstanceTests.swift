import Foundation
import Imaging
import Localization
import Tensors
import Testing

/// A field with two centroids: each half of the grid points to the middle of its own.
@Suite struct InstanceTests {
  static let centroids = [(row: 5.0, column: 4.0), (row: 6.0, column: 13.0)]

  private static func field(scale: Double = 1) -> DisplacementField {
    var down = Image(width: 18, height: 12)
    var right = down
    for row in 0..<12 {
      for column in 0..<18 {
        let centre = centroids[column < 9 ? 0 : 1]
        down[row, column] = Float(scale * (centre.row - Double(row)))
        right[row, column] = Float(scale * (centre.column - Double(column)))
      }
    }
    return DisplacementField(down: down, right: right)
  }

  private static func edge() -> Image {
    var edge = Image(width: 18, height: 12, filling: 0.02)
    for row in 0..<12 {
      edge[row, 8] = 0.9
      edge[row, 9] = 0.9
    }
    return edge
  }

  @Test(arguments: [1.0, 0.25]) func cellsEndAtTheirCentroid(_ scale: Double) throws {
    let field = Self.field(scale: scale)
    let centres = InstanceClusters.centres(field, iterations: 300)
    for cell in centres.indices {
      let centre = Self.centroids[cell % 18 < 9 ? 0 : 1]
      #expect(centres[cell] == Int(centre.row) * 18 + Int(centre.column))
    }
    #expect(
      InstanceClusters.centres(field, iterations: 1)[0] == (scale == 1 ? 5 * 18 + 4 : 18 + 1))
  }

  @Test func twoClusters() throws {
    let clusters = try InstanceClusters(Self.field())
    #expect(clusters.count == 2)
    #expect(clusters.clusters == (0..<12 * 18).map { $0 % 18 < 9 ? 0 : 1 })
    let map = Image(width: 18, height: 12, pixels: (0..<216).map { Float($0) })
    let parts = try clusters.split(map)
    #expect(zip(parts[0].pixels, parts[1].pixels).map { $0 + $1 } == map.pixels)
    #expect(parts[0][3, 9] == 0 && parts[1][3, 8] == 0 && parts[1][3, 9] == 63)
  }

  /// Cells that end where the field is strong come first, as one cluster.
  @Test func cellsWithoutAWeakAreaAreOneCluster() throws {
    var field = Self.field()
    for row in 0..<12 {
      for column in 0..<9 {
        // Off the grid: they end in the corner, where the field stays long.
        field = DisplacementField(
          down: field.down.setting(row, column, -4), right: field.right.setting(row, column, -4))
      }
    }
    let clusters = try InstanceClusters(field)
    #expect(clusters.count == 2)
    #expect(clusters.clusters[0] == 0 && clusters.clusters[17] == 1)
    let none = DisplacementField(
      down: Image(width: 5, height: 4, filling: 3), right: Image(width: 5, height: 4))
    #expect(try InstanceClusters(none).count == 1)
  }

  @Test func instancesAreTold() throws {
    let clusters = try InstanceClusters(Self.field())
    var map = Image(width: 18, height: 12)
    for row in 3..<9 {
      for column in [2, 3, 4, 5, 11, 12, 13, 14] { map[row, column] = 1 }
    }
    let found = try clusters.instances(
      of: [Image(width: 18, height: 12), map], edge: Self.edge(),
      walk: .init(radius: 3, times: 4), size: (48, 72), using: Workspace(threads: 2))
    #expect(found.count == 2)
    for (number, instance) in found.enumerated() {
      #expect(instance.label == 1 && instance.score > 0.5 && instance.score <= 1)
      let side = number == 0 ? 0..<40 : 32..<72
      for row in 0..<48 {
        for column in 0..<72 where instance.mask[row, column] {
          #expect(side.contains(column))
        }
      }
      #expect(instance.mask[24, number == 0 ? 14 : 50])
    }
  }

  @Test func fragmentsScoreNothing() throws {
    let clusters = try InstanceClusters(Self.field())
    var map = Image(width: 18, height: 12)
    map[6, 4] = 1
    // Walls all around: the map stays in its cell.
    let edge = Image(width: 18, height: 12, filling: 0.99)
    func scores(_ share: Double) throws -> [Float] {
      try clusters.instances(
        of: [map], edge: edge, settings: .init(fragmentShare: share), size: (48, 72),
        using: Workspace(threads: 1)
      ).map(\.score)
    }
    #expect(try scores(0.2) == [0])
    #expect(try scores(0.001) == [1])
  }

  @Test func badInputIsRefused() throws {
    let field = Self.field()
    for settings in [
      InstanceClusters.Settings(iterations: 0), .init(iterations: 1 << 40),
      .init(strength: .nan), .init(strength: 0), .init(fragmentShare: 2),
    ] {
      #expect(throws: LocalizationError(.settings)) {
        _ = try InstanceClusters(field, settings: settings)
      }
    }
    let broken = DisplacementField(down: field.down.setting(1, 1, .nan), right: field.right)
    #expect(throws: LocalizationError(.values)) { _ = try InstanceClusters(broken) }
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try InstanceClusters(field).split(Image(width: 18, height: 11))
    }
    let settings = InstanceClusters.Settings()
    #expect(settings.iterations == 300 && settings.strength == 2.5)
    #expect(settings.fragmentShare == 0.01)
  }
}

extension Image {
  /// A copy with one other value.
  fileprivate func setting(_ row: Int, _ column: Int, _ value: Float) -> Image {
    var copy = self
    copy[row, column] = value
    return copy
  }
}
