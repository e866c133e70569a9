import Tensors

/// What the seed labels say of every pair of a `PathIndex` (Ahn 2019, section 4.2): three sets of
/// pairs as tensors of zeros and ones, [directions, sources * images], the images innermost.
///
/// Pairs with an ignored cell are in no set. (The reference code has class numbers below 21 as its
/// test of validity, 255 being the only other number: the same sets.)
package struct PairMasks: Sendable {
  /// Both cells are background.
  package let background: Tensor
  /// Both cells are of one class of objects.
  package let foreground: Tensor
  /// The classes differ.
  package let different: Tensor

  /// The label of cells that nothing is known of. 0 is background, 1 and more are classes.
  package static let ignore: UInt8 = 255

  private enum Relation: Sendable {
    case background
    case foreground
    case different

    func holds(_ a: UInt8, _ b: UInt8) -> Bool {
      guard a != PairMasks.ignore, b != PairMasks.ignore else { return false }
      switch self {
      case .background: return a == 0 && b == 0
      case .foreground: return a == b && a != 0
      case .different: return a != b
      }
    }
  }

  /// The shape of each tensor for a number of images.
  package static func shape(_ index: PathIndex, images: Int) -> Shape {
    [index.directions.count, index.sourceCount * images]
  }

  /// - Parameter labels: one label map an image, of the size of the grid of `index`, row-major.
  /// Throws `LocalizationError(.inputSize)` for maps of another size, or none.
  package init(
    labels: [[UInt8]], index: PathIndex, using workspace: Workspace
  ) throws {
    let cells = index.rows * index.columns
    guard !labels.isEmpty, labels.allSatisfy({ $0.count == cells }) else {
      throw LocalizationError(.inputSize)
    }
    let sources = index.cells(at: .init(0, 0))
    let shifts = index.directions.map {
      $0.destination.row * index.columns + $0.destination.column
    }
    let images = labels.count
    let shape = Self.shape(index, images: images)
    let joined = (0..<cells).flatMap { cell in labels.map { $0[cell] } }
    func mask(_ relation: Relation) -> Tensor {
      workspace.tensor(shape) { target in
        Parallel.forEach(count: shifts.count, width: workspace.threads) { direction in
          let row = target + direction * shape[1]
          for (place, source) in sources.enumerated() {
            let (from, to) = (source * images, (source + shifts[direction]) * images)
            for image in 0..<images {
              let isHeld = relation.holds(joined[from + image], joined[to + image])
              row[place * images + image] = isHeld ? 1 : 0
            }
          }
        }
      }
    }
    background = mask(.background)
    foreground = mask(.foreground)
    different = mask(.different)
  }

  /// A label map at the size of the grid: each cell takes the label of the pixel at its centre,
  /// pixel 4 i + 2 at a quarter, as PIL's nearest resampling does.
  ///
  /// Traps unless `labels` holds `height * width` values.
  package static func reduced(
    _ labels: [UInt8], height: Int, width: Int, to grid: (rows: Int, columns: Int)
  ) -> [UInt8] {
    precondition(labels.count == height * width)
    let columns = (0..<grid.columns).map { (2 * $0 + 1) * width / (2 * grid.columns) }
    return (0..<grid.rows).flatMap { row in
      let line = (2 * row + 1) * height / (2 * grid.rows) * width
      return columns.map { labels[line + $0] }
    }
  }
}
