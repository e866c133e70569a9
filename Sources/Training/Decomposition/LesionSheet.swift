import Imaging
import Networks
import Tensors

/// Slices beside the maps of them and the drawn truth, for people to look at.
enum LesionSheet {
  private static let side = 128
  private static let caption = 20
  private static let most = 16

  /// Writes "lesions.png": at most 16 slices, spread evenly over those with a drawn lesion; a row
  /// each: slice, every map from its median over the lungs to its peak, truth.
  static func write(
    _ samples: SampleSet, makers: [DecompositionWork.Maker], to folder: String,
    threads: Int
  ) throws {
    try TrainingOutput.makeFolder(folder)
    let count = min(most, samples.count)
    let chosen = (0..<count).map { samples[$0 * samples.count / count] }
    var sheet = ColorImage(
      width: (makers.count + 2) * side, height: chosen.count * side + caption)
    for (column, title) in (["slice"] + makers.map(\.name) + ["truth"]).enumerated() {
      Overlay.text(
        title, on: &sheet, column: column * side + 4, row: 6, color: RGB(255, 255, 255))
    }
    let rows = try Items.map(chosen.count, threads: threads, grain: 1) { row, workspace in
      let image = chosen[row].image
      return try [tile(image, nil)]
        + makers.map { try tile(image, shown($0.make(image, workspace), image)) }
    }
    for (row, tiles) in rows.enumerated() {
      var tiles = tiles
      var last = tile(chosen[row].image, nil)
      if let truth = chosen[row].truth {
        Overlay.outline(
          truth.resized(width: side, height: side), on: &last, color: RGB(90, 230, 120))
      }
      tiles.append(last)
      for (column, tile) in tiles.enumerated() {
        sheet.place(tile, column: column * side, row: row * side + caption)
      }
    }
    try TrainingOutput.write(
      try PNG.encode(sheet), to: folder + "/lesions.png", durable: false)
  }

  private static func tile(_ image: PreparedImage, _ map: Image?) -> ColorImage {
    var tile = Overlay.grey(image.base.resized(width: side, height: side), range: -1...1)
    if let map { Overlay.lay(map.bilinear(width: side, height: side), over: &tile) }
    return tile
  }

  private static func shown(_ map: Image, _ image: PreparedImage) -> Image {
    let inside = image.lung.map { map.values(inside: $0) } ?? map.pixels
    guard let peak = inside.max(), !inside.isEmpty else { return map }
    let floor = Statistics.median(inside)
    let span = max(peak - floor, 1e-6)
    return Image(
      width: map.width, height: map.height,
      pixels: map.pixels.map { min(1, max(0, ($0 - floor) / span)) }
    ).inside(image.lung)
  }
}
