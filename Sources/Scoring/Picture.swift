import Imaging

/// The picture of a finding for people: the windowed image with heat map, outlines and a caption.
/// The same picture is written as PNG preview and as Secondary Capture.
struct FindingPicture {
  /// Longest side of a preview in pixels: enough to judge, small enough for a worklist.
  static let longestSide = 1024

  /// Windowed, `0...1`, 1 white.
  let display: Image
  /// Over the display, `0...1`; nil where the method drew nothing.
  let heat: Image?
  /// Outlines, in the grid of the display.
  let regions: [Mask]
  /// Further outlines, each in a colour of its own.
  var outlines: [(mask: Mask, colour: RGB)] = []
  /// Lines: label, probability and the like; never patient data.
  let caption: [String]
  /// Of the first lines; the others are white.
  var captionColours: [RGB] = []

  func rendered() -> ColorImage {
    let scale = min(1, Double(Self.longestSide) / Double(max(display.width, display.height)))
    let width = max(1, Int((Double(display.width) * scale).rounded()))
    let height = max(1, Int((Double(display.height) * scale).rounded()))
    var picture = Overlay.grey(display.resized(width: width, height: height), range: 0...1)
    if let heat {
      let fitted = heat.resized(width: width, height: height)
      Overlay.lay(fitted, over: &picture, from: 0.25, opacity: 0.45)
    }
    for (mask, colour) in regions.map({ ($0, RGB(64, 255, 128)) }) + outlines {
      Overlay.outline(
        mask.resized(width: width, height: height), on: &picture, color: colour,
        thickness: Double(max(1, width / 512)))
    }
    let letters = max(1, width / 400)
    for (line, text) in caption.enumerated() {
      Overlay.text(
        text, on: &picture, column: 4 * letters, row: (4 + 10 * line) * letters,
        color: captionColours.indices.contains(line) ? captionColours[line] : RGB(255, 255, 255),
        scale: letters)
    }
    Overlay.text(
      "RESEARCH ONLY - NOT FOR CLINICAL USE", on: &picture, column: 4 * letters,
      row: height - 12 * letters, color: RGB(255, 200, 64), scale: letters)
    return picture
  }
}
