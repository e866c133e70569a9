import Imaging

/// The blobs of an activation map: the basins of a watershed on its negative.
enum NoduleScope {
  /// Basins of the highest regional maxima, highest first, each where the map is above `share` of the
  /// highest of all; none where nothing is above zero.
  static func blobs(of map: Image, share: Double, most: Int) -> [Mask] {
    guard let peak = map.pixels.max(), peak > 0, peak.isFinite else { return [] }
    let above = Mask(
      width: map.width, height: map.height,
      bits: map.pixels.map { Double($0) > share * Double(peak) ? 1 : 0 })
    let maxima = Watershed.regionalMaxima(of: map)
    var heights: [Int32: Float] = [:]
    for cell in maxima.indices where maxima[cell] != 0 && above.bits[cell] != 0 {
      heights[maxima[cell]] = map.pixels[cell]
    }
    let negative = Image(width: map.width, height: map.height, pixels: map.pixels.map { -$0 })
    let basins = Watershed.basins(
      of: negative, markers: maxima, inside: above, connectivity: .all)
    return heights.sorted { ($0.value, $1.key) > ($1.value, $0.key) }.prefix(most).map { label, _ in
      Mask(
        width: map.width, height: map.height, bits: basins.map { $0 == label ? 1 : 0 })
    }
  }
}
