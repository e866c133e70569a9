import Localization
import Testing

@Suite struct PathIndexTests {
  /// Destinations, lengths of paths, and cells of all paths, as published and counted by hand.
  @Test(arguments: [(2, 4, 2), (3, 12, 5), (5, 34, 9), (10, 152, 20)])
  func counts(_ radius: Int, _ destinations: Int, _ groups: Int) throws {
    let index = try PathIndex(radius: radius, rows: 24, columns: 26)
    #expect(index.directions.count == destinations)
    #expect(index.groups.count == groups)
    #expect(index.groups.flatMap { $0 } == Array(0..<destinations))
    for group in index.groups {
      #expect(Set(index.directions[group].map(\.path.count)).count == 1)
    }
    let lengths = index.groups.map { index.directions[$0.lowerBound].path.count }
    #expect(lengths == lengths.sorted() && Set(lengths).count == groups)
  }

  @Test func pathOfTheCard() throws {
    let direction = try #require(
      PathIndex.directions(radius: 3).first { $0.destination == .init(2, 1) })
    let cells = [(2, 1), (1, 1), (2, 0), (0, 1), (1, 0), (0, 0)]
    #expect(direction.path == cells.map { PathIndex.Offset($0.0, $0.1) })
  }

  /// The set of every path against the distance to the line in floating point, over a rectangle
  /// larger than the bounding one.
  @Test(arguments: [2, 3, 5, 10]) func pathsAreTheCellsNearTheLine(_ radius: Int) {
    for direction in PathIndex.directions(radius: radius) {
      let end = direction.destination
      let (dy, dx) = (Double(end.row), Double(end.column))
      var expected: Set<PathIndex.Offset> = []
      for row in -radius...radius {
        for column in -radius...radius {
          let inside =
            (0...end.row).contains(row)
            && (min(0, end.column)...max(0, end.column)).contains(column)
          let distance =
            abs(dy * Double(column) - dx * Double(row)) / (dx * dx + dy * dy).squareRoot()
          if inside && distance < 1 - 1e-9 { expected.insert(.init(row, column)) }
        }
      }
      #expect(Set(direction.path) == expected)
      #expect(direction.path.count == expected.count)
      #expect(direction.path.first == end && direction.path.last == .init(0, 0))
    }
  }

  /// Each unordered pair of close cells has one direction.
  @Test func directionsAreHalfThePlane() {
    let ways = PathIndex.directions(radius: 5).map(\.destination)
    let back = ways.map { PathIndex.Offset(-$0.row, -$0.column) }
    #expect(Set(ways).isDisjoint(with: back))
    var all: Set<PathIndex.Offset> = []
    for row in -4...4 {
      for column in -4...4 where (1..<25).contains(row * row + column * column) {
        all.insert(.init(row, column))
      }
    }
    #expect(Set(ways + back) == all)
  }

  @Test func sourcesReachEveryDestination() throws {
    let index = try PathIndex(radius: 10, rows: 32, columns: 40)
    #expect(index.sourceRows == 0..<23 && index.sourceColumns == 9..<31)
    #expect(index.sourceCount == 23 * 22)
    let cells = index.cells(at: .init(0, 0))
    #expect(cells.count == index.sourceCount && cells.first == 9 && cells.last == 22 * 40 + 30)
    for direction in index.directions {
      let ends = index.cells(at: direction.destination)
      for (source, end) in zip(cells, ends) {
        let row = source / 40 + direction.destination.row
        let column = source % 40 + direction.destination.column
        guard (0..<32).contains(row), (0..<40).contains(column), end == row * 40 + column else {
          Issue.record("source \(source) leaves the grid")
          return
        }
      }
    }
  }

  @Test func badSizesAreRefused() {
    #expect(throws: LocalizationError(.settings)) {
      _ = try PathIndex(radius: 1, rows: 9, columns: 9)
    }
    #expect(throws: LocalizationError(.settings)) {
      _ = try PathIndex(radius: 1 << 40, rows: 9, columns: 9)
    }
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try PathIndex(radius: 5, rows: 4, columns: 40)
    }
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try PathIndex(radius: 5, rows: 40, columns: 8)
    }
  }
}
