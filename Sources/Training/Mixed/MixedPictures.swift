import Imaging

/// A sheet of test films: the film, the truth of every label and what the variants find, outlined in
/// one colour a label.
struct MixedPictures {
  private let cases: [Int]
  private let samples: [TrainingSample]
  private let labels: Int
  private static let side = 192
  private static let caption = 20
  private static let most = 6
  private static let colours = [
    RGB(255, 220, 60), RGB(70, 170, 255), RGB(255, 80, 80), RGB(90, 230, 120), RGB(230, 110, 255),
    RGB(255, 150, 40), RGB(60, 230, 230), RGB(200, 200, 120), RGB(170, 140, 255),
    RGB(240, 240, 240),
  ]

  init(samples: [TrainingSample], labels: Int) {
    (self.samples, self.labels) = (samples, labels)
    let shown = samples.indices.sorted { Self.kinds(samples[$0]) > Self.kinds(samples[$1]) }
    cases = Array(shown.prefix(Self.most))
  }

  private static func kinds(_ sample: TrainingSample) -> Int {
    sample.truths.count { $0.map { !$0.isEmpty } ?? false }
  }

  /// `columns`: a title and the masks by sample and label. At most six columns a sheet,
  /// "variants-1.png" and on.
  func write(_ columns: [(title: String, masks: [[Mask]])], to folder: String) throws {
    try TrainingOutput.makeFolder(folder)
    let truth = cases.map { sample in
      (0..<labels).map(samples[sample].truth)
    }
    for (number, start) in stride(from: 0, to: columns.count, by: Self.most).enumerated() {
      let part = columns[start..<min(columns.count, start + Self.most)]
      let all =
        [("image", cases.map { _ in [Mask?]() }), ("truth", truth)]
        + part.map { column in (column.title, cases.map { column.masks[$0].map(Optional.some) }) }
      let sheet = try sheet(all)
      try TrainingOutput.write(
        try PNG.encode(sheet), to: "\(folder)/variants-\(number + 1).png", durable: false)
    }
  }

  private func sheet(_ columns: [(title: String, masks: [[Mask?]])]) throws -> ColorImage {
    var sheet = ColorImage(
      width: columns.count * Self.side, height: cases.count * Self.side + Self.caption)
    for (column, item) in columns.enumerated() {
      Overlay.text(
        String(item.title.prefix(28)), on: &sheet, column: column * Self.side + 4, row: 6,
        color: RGB(255, 255, 255))
      for (row, number) in cases.enumerated() {
        let base = samples[number].image.base.resized(width: Self.side, height: Self.side)
        var tile = Overlay.grey(base, range: -1...1)
        for (label, mask) in item.masks[row].enumerated() {
          guard let mask else { continue }
          Overlay.outline(
            mask.resized(width: Self.side, height: Self.side), on: &tile,
            color: Self.colours[label % Self.colours.count])
        }
        sheet.place(tile, column: column * Self.side, row: row * Self.side + Self.caption)
      }
    }
    return sheet
  }
}

extension ColorImage {
  /// Copies a smaller picture in, its upper left corner at a place.
  mutating func place(_ tile: ColorImage, column: Int, row: Int) {
    for line in 0..<tile.height {
      let from = line * tile.width * 3
      let to = ((row + line) * width + column) * 3
      bytes.replaceSubrange(
        to..<to + tile.width * 3, with: tile.bytes[from..<from + tile.width * 3])
    }
  }
}
