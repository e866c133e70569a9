import Foundation
import Imaging

/// Which films a report shows, and their pictures.
struct Gallery: Sendable {
  /// One film: its number, and what was found.
  struct Case: Sendable {
    let item: Int
    /// Of the list (the header is row 1), or the number of the phantom.
    let row: Int
    let label: Int
    let probability: Double
    let called: Bool
    /// nil where no lesion is drawn.
    let dice: Double?
    let panes: [GalleryPane]
  }

  /// Films of each group.
  static let most = 3
  /// Longest side of a picture in pixels.
  static let side = 288

  let groups: [(title: String, items: [FilmResult])]

  /// Best, median and worst positives by Dice, or by score where no lesion is drawn, and the
  /// negatives with the highest scores. No film is shown twice.
  init(_ items: [FilmResult]) {
    let positives = items.filter { $0.label == 1 }
    let drawn = positives.filter { ($0.drawn?.overlap.allEmpty.truth ?? 0) > 0 }
    let shown = drawn.isEmpty ? positives : drawn
    func quality(_ item: FilmResult) -> (Double, Double, Int) {
      (item.drawn?.overlap.model.dice ?? 0, item.probability, -item.item)
    }
    let ranked = shown.sorted { quality($0) > quality($1) }
    let count = min(Self.most, (ranked.count + 2) / 3)
    let middle = ranked.dropFirst(count).dropLast(count)
    let start = middle.startIndex + max(0, (middle.count - count) / 2)
    let negatives = items.filter { $0.label == 0 }
      .sorted { ($0.probability, -$0.item) > ($1.probability, -$1.item) }
    let by = drawn.isEmpty ? "by score" : "by Dice"
    groups = [
      ("Best positives, \(by)", Array(ranked.prefix(count))),
      ("Median positives, \(by)", Array(middle[start..<min(start + count, middle.endIndex)])),
      (
        "Worst positives, \(by)",
        Array(ranked.dropFirst(count).suffix(count))
      ),
      ("Negatives with the highest scores", Array(negatives.prefix(Self.most))),
    ].filter { !$0.items.isEmpty }
  }
}

/// One picture with outlines over it.
package struct GalleryPane: Sendable {
  let png: [UInt8]
  package let width: Int
  package let height: Int
  /// Outlines in pixels of the picture.
  let truth: [Contour]
  let regions: [Contour]
  /// A place to ring, in pixels of the picture.
  package var ring: (row: Double, column: Double)?

  private static let (truthColor, regionColor) = ("#3ddc84", "#ffb000")

  var html: String {
    """
    <div class="pane"><img alt="" width="\(width)" height="\(height)" \
    src="data:image/png;base64,\(Data(png).base64EncodedString())">\
    <svg viewBox="-0.5 -0.5 \(width) \(height)" preserveAspectRatio="none">\
    \(Self.path(regions, Self.regionColor))\(Self.path(truth, Self.truthColor))\(circle)</svg></div>
    """
  }

  private var circle: String {
    guard let ring else { return "" }
    let place = String(format: "cx=\"%.1f\" cy=\"%.1f\"", ring.column - 0.5, ring.row - 0.5)
    return "<circle \(place) r=\"6\" fill=\"none\" stroke=\"#fff\" stroke-width=\"1.6\"/>"
  }

  private static func path(_ contours: [Contour], _ color: String) -> String {
    guard !contours.isEmpty else { return "" }
    let lines = contours.map { contour in
      "M"
        + contour.points.map { String(format: "%.1f %.1f", $0.column, $0.row) }
        .joined(separator: "L") + "Z"
    }
    return """
      <path d="\(lines.joined())" fill="none" stroke="\(color)" stroke-width="1.4"/>
      """
  }
}

extension GalleryPane {
  /// The film with the truth alone, then with the map and its regions too.
  static func panes(of exam: FilmExam, threshold: Float, isTomograph: Bool) throws -> [GalleryPane]
  {
    let source = exam.film.image
    let scale = min(1, Double(Gallery.side) / Double(max(source.width, source.height)))
    let width = max(1, Int((Double(source.width) * scale).rounded()))
    let height = max(1, Int((Double(source.height) * scale).rounded()))
    func outlines(_ mask: Mask?) -> [Contour] {
      guard let mask, !mask.isEmpty else { return [] }
      return Contour.outlines(of: mask.resized(width: width, height: height))
        .map { $0.simplified(tolerance: 0.75) }
    }
    let small = source.resized(width: width, height: height)
    let range: ClosedRange<Float> = isTomograph ? -1000...400 : 0...1
    let truth = outlines(exam.film.truth)
    let plain = GalleryPane(
      png: try PNG.encode(GreyPicture(small, range: range)), width: width, height: height,
      truth: truth, regions: [])
    guard let over = exam.over else { return [plain] }
    var picture = Overlay.grey(small, range: range)
    Overlay.lay(
      heat(over.resized(width: width, height: height), threshold), over: &picture, from: 0.25)
    return [
      plain,
      GalleryPane(
        png: try PNG.encode(picture), width: width, height: height, truth: truth,
        regions: outlines(exam.regionMask)),
    ]
  }

  /// Half at the threshold, so that what the model marks is bright in every picture alike.
  private static func heat(_ map: Image, _ threshold: Float) -> Image {
    let full = threshold > 0 ? 2 * threshold : max(map.pixels.max() ?? 1, .leastNormalMagnitude)
    return Image(
      width: map.width, height: map.height, pixels: map.pixels.map { min(max($0 / full, 0), 1) })
  }
}
