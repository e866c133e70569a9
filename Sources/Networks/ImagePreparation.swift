import Imaging

/// How a picture in physical units becomes the input of a network. Written in `model.json`, so
/// that training and scoring run the very same code on the very same numbers.
package struct ImagePreparation: Sendable, Hashable, Codable {
  /// What part of the picture the network sees.
  package enum Crop: String, Sendable, Hashable, Codable {
    case fullFrame = "full-frame"
    /// The bounding box of the lung mask, grown by `cropMargin`; the full frame without a mask.
    case lungBox = "lung-box"
  }

  /// What happens when the aspect of the part differs from that of the input.
  package enum Fit: String, Sendable, Hashable, Codable {
    case squeeze
    case pad
  }

  package enum Normalisation: String, Sendable, Hashable, Codable {
    /// `low` and `high` are percentiles of the cropped part, mapped to -1 and 1, clipped.
    case percentile
    /// `(v - median inside the lung) / high`, clipped to -1...1. Where there is no lung mask, the
    /// median is `low` (an absolute value in the picture's unit).
    case lungMedian = "lung-median"
  }

  package enum Channel: String, Sendable, Hashable, Codable {
    /// The normalised picture.
    case intensity
    /// Local contrast: the picture less its blur, over the local standard deviation. Blind to
    /// exposure and to how dark the film is.
    case detail
    /// 1 inside the lung, 0 outside; all 0 without a mask.
    case lung
  }

  package var width: Int
  package var height: Int
  package var crop: Crop
  /// Share of the box's own width and height added on each side.
  package var cropMargin: Double
  package var fit: Fit
  package var normalisation: Normalisation
  package var low: Double
  package var high: Double
  /// Whether everything outside the lung is set to 0 after normalisation.
  package var lungOnly: Bool
  /// Whether a cell holds the mean of its lung pixels alone, whatever lies beside them, and 0 where it
  /// covers none: then no change of the picture by training draws a rim around the lungs. nil: no.
  package var lungMeans: Bool?
  package var channels: [Channel]

  package init(
    width: Int, height: Int, crop: Crop = .fullFrame, cropMargin: Double = 0, fit: Fit = .pad,
    normalisation: Normalisation = .percentile, low: Double = 1, high: Double = 99,
    lungOnly: Bool = false, channels: [Channel] = [.intensity]
  ) {
    self.width = width
    self.height = height
    self.crop = crop
    self.cropMargin = cropMargin
    self.fit = fit
    self.normalisation = normalisation
    self.low = low
    self.high = high
    self.lungOnly = lungOnly
    self.channels = channels
  }

  /// Whether the input is another one when the lungs are not known.
  package var needsLungs: Bool { crop == .lungBox || lungOnly || channels.contains(.lung) }

  /// The picture at the network's size, normalised, with its lung mask carried along.
  /// `image`: density 0...1 for radiographs, Hounsfield units for CT; `lung` has its size.
  package func prepare(
    _ image: Image, lung: Mask? = nil, spacing: PixelSpacing? = nil
  ) -> PreparedImage {
    let region = region(of: image, lung: lung)
    let share = lung.map { mask in
      Image(width: mask.width, height: mask.height, pixels: mask.bits.map(Float.init))
        .resampled(region, width: width, height: height, fill: 0)
    }
    var raw = image.resampled(region, width: width, height: height, fill: .nan)
    if lungMeans == true, let lung, let share { setLungMeans(&raw, of: image, lung, share, region) }
    let lungBits = share.map { Mask($0, atLeast: 0.5) }
    var base = normalised(raw, lung: lungBits)
    if lungMeans == true, let share {
      for index in base.pixels.indices where share.pixels[index] <= 0 { base.pixels[index] = 0 }
    }
    var prepared = PreparedImage(
      base: base, lung: lungBits, region: region,
      sourceWidth: image.width, sourceHeight: image.height, preparation: self)
    prepared.spacing = spacing
    return prepared
  }

  /// What training draws where a changed picture shows nothing.
  package var emptyValue: Float { lungMeans == true ? 0 : -1 }

  /// In each cell with lung in it, the mean of the lung pixels that it covers.
  private func setLungMeans(
    _ raw: inout Image, of image: Image, _ lung: Mask, _ share: Image, _ region: PixelRegion
  ) {
    var inside = image
    for index in inside.pixels.indices where lung.bits[index] == 0 { inside.pixels[index] = 0 }
    let sums = inside.resampled(region, width: width, height: height, fill: 0)
    for index in raw.pixels.indices where share.pixels[index] > 0 {
      raw.pixels[index] = sums.pixels[index] / share.pixels[index]
    }
  }

  func region(of image: Image, lung: Mask?) -> PixelRegion {
    var region = PixelRegion(of: image)
    if crop == .lungBox, let lung, let box = PixelRegion(bounding: lung) {
      region = box.grown(by: cropMargin)
      if normalisation == .percentile {
        region = region.clamped(width: image.width, height: image.height)
      }
    }
    return fit == .pad ? region.widened(toAspect: Double(width) / Double(height)) : region
  }

  /// Pixels outside the source are NaN in `raw`; they become the lowest value of the result.
  private func normalised(_ raw: Image, lung: Mask?) -> Image {
    var out = raw
    switch normalisation {
    case .percentile:
      let range = Statistics.quantiles(
        raw.pixels.filter { !$0.isNaN }, [low / 100, high / 100])
      let bottom = range[0]
      let scale = 2 / max(range[1] - bottom, 1e-6)
      out.pixels = raw.pixels.map { $0.isNaN ? -1 : min(1, max(-1, ($0 - bottom) * scale - 1)) }
    case .lungMedian:
      var inside: [Float] = []
      if let lung {
        inside = zip(raw.pixels, lung.bits).filter { $0.1 != 0 && !$0.0.isNaN }.map(\.0)
      }
      let median = inside.isEmpty ? Float(low) : Statistics.median(inside)
      out.pixels = raw.pixels.map {
        $0.isNaN ? -1 : min(1, max(-1, ($0 - median) / Float(high)))
      }
    }
    return out
  }
}
