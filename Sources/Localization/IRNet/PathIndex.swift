/// The pairs of cells that IRNet compares, and the cells between them (Ahn, Cho, Kwak 2019,
/// section 4; card 0.5).
///
/// A pair is a source cell and a destination closer than `radius` in one half of the plane: to the
/// right of it, or below. Sources are the cells from which every destination lies on the grid.
package struct PathIndex: Sendable, Hashable {
  /// Cells down and right of a source.
  package struct Offset: Sendable, Hashable {
    package let row: Int
    package let column: Int

    package init(_ row: Int, _ column: Int) {
      self.row = row
      self.column = column
    }
  }

  /// A destination, and the path to it with both ends: the destination first, the source last.
  package struct Direction: Sendable, Hashable {
    package let destination: Offset
    package let path: [Offset]
  }

  package let radius: Int
  package let rows: Int
  package let columns: Int
  /// By the length of the path; see `groups`.
  package let directions: [Direction]

  /// The radius of training (Ahn 2019): 152 destinations.
  package static let trainingRadius = 10
  /// Radii that are taken: at 1 there is no pair, and paths grow with the cube.
  package static let radii = 2...32

  /// Throws `LocalizationError`: `.settings` for a radius out of `radii`, `.inputSize` for a grid
  /// without any source.
  package init(radius: Int, rows: Int, columns: Int) throws {
    guard Self.radii.contains(radius) else { throw LocalizationError(.settings) }
    guard rows >= radius, columns > 2 * (radius - 1) else { throw LocalizationError(.inputSize) }
    self.radius = radius
    self.rows = rows
    self.columns = columns
    directions = Self.directions(radius: radius)
  }

  package var sourceRows: Range<Int> { 0..<rows - radius + 1 }
  package var sourceColumns: Range<Int> { radius - 1..<columns - radius + 1 }
  package var sourceCount: Int { sourceRows.count * sourceColumns.count }

  /// The cell of each source moved by `offset`, in raster order of the sources.
  package func cells(at offset: Offset) -> [Int] {
    sourceRows.flatMap { row in
      sourceColumns.map { (row + offset.row) * columns + $0 + offset.column }
    }
  }

  /// The ranges of `directions` with paths of one length, shortest first.
  package var groups: [Range<Int>] {
    var result: [Range<Int>] = []
    var start = 0
    for index in directions.indices
    where index + 1 == directions.count
      || directions[index + 1].path.count != directions[index].path.count
    {
      result.append(start..<index + 1)
      start = index + 1
    }
    return result
  }

  /// The destinations within a radius with their paths: shorter paths first, then by row and
  /// column of the destination.
  package static func directions(radius: Int) -> [Direction] {
    let right = (1..<radius).map { Offset(0, $0) }
    let below = (1..<radius).flatMap { row in
      (1 - radius..<radius).map { Offset(row, $0) }
    }
    let all = (right + below)
      .filter { $0.row * $0.row + $0.column * $0.column < radius * radius }
      .map { Direction(destination: $0, path: path(to: $0)) }
    // A sort that keeps the order of equals.
    return all.indices
      .sorted { (all[$0].path.count, $0) < (all[$1].path.count, $1) }
      .map { all[$0] }
  }

  /// All cells of the rectangle between (0, 0) and the destination that lie nearer than 1 to the
  /// line between them; the farthest first.
  private static func path(to end: Offset) -> [Offset] {
    let length = end.row * end.row + end.column * end.column
    let columns = min(0, end.column)...max(0, end.column)
    let cells = (0...end.row).flatMap { row in columns.map { Offset(row, $0) } }
      .filter { cell in
        let area = end.row * cell.column - end.column * cell.row
        return area * area < length
      }
    func steps(_ cell: Offset) -> Int { cell.row + abs(cell.column) }
    return cells.indices
      .sorted { (-steps(cells[$0]), $0) < (-steps(cells[$1]), $1) }
      .map { cells[$0] }
  }
}
