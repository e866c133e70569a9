/// Scales and mirror images that a map is averaged over, as data: a recipe or a model package
/// carries it.
///
/// Every map is laid on one grid (bilinear, `align_corners` false), those of mirrored pictures
/// mirrored back, and summed.
package struct MapAveraging: Sendable, Hashable, Codable {
  /// What becomes of the sum.
  package enum Normalisation: String, Sendable, Hashable, Codable {
    /// Over the number of maps, so that one scale without mirror image is the plain map.
    case mean
    /// Over its largest value plus 1e-5, as IRNet makes its seeds (Ahn 2019): about 0...1 once the
    /// method clips negatives. A sum without a positive value is divided by 1e-5 alone.
    case peak
  }

  /// Sides of the picture relative to the network's input, each once; 1 is among them, since the
  /// score is read there.
  package var scales: [Double]
  /// Whether the mirror image (left and right swapped) is read too, at each scale.
  package var flip: Bool
  package var normalisation: Normalisation
  /// The grid has a cell for so many pixels of the input, rounded up; nil for the grid of the
  /// plain map.
  package var stride: Int?

  package init(
    scales: [Double] = [1, 0.5, 1.5, 2], flip: Bool = true, normalisation: Normalisation = .mean,
    stride: Int? = nil
  ) {
    self.scales = scales
    self.flip = flip
    self.normalisation = normalisation
    self.stride = stride
  }

  /// Whether the numbers lie in bounds: 1 to 8 scales of 0.125...4, each once and 1 among them; a
  /// stride of 1...64.
  package var isSound: Bool {
    (1...8).contains(scales.count) && Set(scales).count == scales.count && scales.contains(1)
      && scales.allSatisfy { (0.125...4).contains($0) } && (1...64).contains(stride ?? 1)
  }
}

extension NetworkSpec {
  /// `size` times `scale`, each side rounded to the nearest pixel; for layouts that cannot take
  /// that (a U-Net wants multiples), to the nearest multiple of the smallest image they take.
  /// Throws `ModelError` `.specification` for a layout out of bounds.
  package func inputSize(
    _ size: (height: Int, width: Int), times scale: Double
  ) throws -> (height: Int, width: Int) {
    func side(_ length: Int, _ unit: Int) -> Int {
      max(1, Int((Double(length) * scale / Double(unit)).rounded())) * unit
    }
    let wanted = (height: side(size.height, 1), width: side(size.width, 1))
    do {
      _ = try build(batch: 1, inputSize: wanted, training: false)
      return wanted
    } catch let error as ModelError where error.code == .inputSize {
      let unit = layout.smallestExtent
      return (side(size.height, unit), side(size.width, unit))
    }
  }
}
