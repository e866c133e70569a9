import Foundation
import Imaging

/// One picture per epoch of the same fixed cases: the image, what each finished step makes of it,
/// and the truth where it is drawn.
struct ChainPictures: Sendable {
  /// What a step says of one case.
  enum Cell: Sendable {
    /// Laid over the image; `0...1`.
    case map(Image)
    /// Outlined.
    case mask(Mask)
    /// 0 background, 1 the label, 255 unknown.
    case seeds([UInt8])
  }

  let folder: String
  /// At most four positives and two negatives of the validation samples, in their order.
  let cases: [TrainingSample]
  private var columns: [(title: String, cells: [Cell])] = []
  /// Side of a case in the picture.
  private static let side = 192
  private static let caption = 20

  init(folder: String, validation: SampleSet) throws {
    self.folder = folder
    func numbers(_ label: Float, _ most: Int) -> [Int] {
      Array(
        validation.facts.indices.filter { validation.facts[$0].labels.first == .some(label) }
          .prefix(most))
    }
    cases = (numbers(1, 4) + numbers(0, 2)).map { validation[$0] }
    try TrainingOutput.makeFolder(folder)
  }

  /// Adds the column of a finished step.
  mutating func add(_ title: String, _ cells: [Cell]) { columns.append((title, cells)) }

  /// Writes `<step>-<epoch>.png` with the finished columns and that of the step under way.
  func write(_ title: String, _ cells: [Cell], step: String, epoch: Int) throws {
    guard !cases.isEmpty else { return }
    let all = columns + [(title, cells)]
    var sheet = ColorImage(
      width: (all.count + 2) * Self.side, height: cases.count * Self.side + Self.caption)
    let titles = ["image"] + all.map(\.title) + ["truth"]
    for (column, title) in titles.enumerated() {
      Overlay.text(
        title.replacingOccurrences(of: "+", with: "P"), on: &sheet,
        column: column * Self.side + 4, row: 6, color: RGB(255, 255, 255))
    }
    for (row, sample) in cases.enumerated() {
      let cells = [nil] + all.map { Optional($0.cells[row]) } + [sample.truth.map(Cell.mask)]
      for (column, cell) in cells.enumerated() {
        let tile = Self.tile(sample, cell)
        sheet.place(tile, column: column * Self.side, row: row * Self.side + Self.caption)
      }
    }
    let path = folder + "/" + step + String(format: "-%04d.png", epoch)
    try TrainingOutput.write(try PNG.encode(sheet), to: path, durable: false)
  }

  private static func tile(_ sample: TrainingSample, _ cell: Cell?) -> ColorImage {
    let base = sample.image.base.resized(width: side, height: side)
    var tile = Overlay.grey(base, range: -1...1)
    let from = (sample.image.base.width, sample.image.base.height)
    switch cell {
    case .map(let map):
      Overlay.lay(map.bilinear(width: side, height: side), over: &tile)
    case .mask(let mask):
      Overlay.outline(
        mask.resized(width: side, height: side), on: &tile, color: RGB(90, 230, 120))
    case .seeds(let seeds):
      let bits = { (value: UInt8) in
        Mask(width: from.0, height: from.1, bits: seeds.map { $0 == value ? 1 : 0 })
          .resized(width: side, height: side)
      }
      Overlay.outline(bits(255), on: &tile, color: RGB(120, 120, 255))
      Overlay.outline(bits(1), on: &tile, color: RGB(255, 170, 60))
    case nil: break
    }
    return tile
  }
}
