import Imaging

/// The pictures of one film on the page of maps: the film, and each map over it.
package struct MapPanes {
  /// Longest side in pixels.
  private static let side = 224

  private let base: ColorImage
  private let truth: [Contour]
  private let lungs: [Contour]
  private let scale: Double

  /// - Parameters:
  ///   - source: density 0...1.
  ///   - lungs, truth: masks of its size.
  package init(_ source: Image, lungs: Mask?, truth: Mask?) {
    let scale = min(1, Double(Self.side) / Double(max(source.width, source.height)))
    let width = max(1, Int((Double(source.width) * scale).rounded()))
    let height = max(1, Int((Double(source.height) * scale).rounded()))
    func outlines(_ mask: Mask?) -> [Contour] {
      guard let mask, !mask.isEmpty else { return [] }
      return Contour.outlines(of: mask.resized(width: width, height: height))
        .map { $0.simplified(tolerance: 0.75) }
    }
    base = Overlay.grey(source.resized(width: width, height: height), range: 0...1)
    self.truth = outlines(truth)
    self.lungs = outlines(lungs)
    self.scale = scale
  }

  /// The film with the outline of its lungs (orange) and its drawn lesion (green), then the maps,
  /// each from 0 to its own largest value, with a ring where that lies.
  package func panes(_ maps: [Image], _ places: [MapPlace]) throws -> [GalleryPane] {
    let film = GalleryPane(
      png: try PNG.encode(base), width: base.width, height: base.height, truth: truth,
      regions: lungs)
    return try [film]
      + zip(maps, places).map { map, place in
        var picture = base
        let top = max(map.pixels.max() ?? 0, .leastNormalMagnitude)
        let small = map.resized(width: base.width, height: base.height)
        Overlay.lay(
          Image(
            width: small.width, height: small.height,
            pixels: small.pixels.map { min(max($0 / top, 0), 1) }), over: &picture, from: 0.25)
        let (row, column) = (place.peak / map.width, place.peak % map.width)
        return GalleryPane(
          png: try PNG.encode(picture), width: base.width, height: base.height, truth: truth,
          regions: [], ring: ((Double(row) + 0.5) * scale, (Double(column) + 0.5) * scale))
      }
  }
}
