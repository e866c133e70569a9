import Foundation
import Imaging
import Networks

/// Random changes that leave the meaning of a picture alone. All 0: none.
package struct Augmentation: Sendable, Codable, Hashable {
  /// Largest shift, as a share of the width and height.
  package var shift: Double
  /// Scale within 1 - scale ... 1 + scale.
  package var scale: Double
  /// Largest rotation, degrees.
  package var rotation: Double
  /// Largest addition to the normalised picture (-1...1).
  package var brightness: Double
  /// Contrast factor within 1 - contrast ... 1 + contrast.
  package var contrast: Double
  /// Exponent of a gamma curve within exp(-gamma) ... exp(gamma).
  package var gamma: Double
  /// Standard deviation of added noise, drawn from 0 to this for each picture.
  package var noise: Double
  /// Probability of mirroring left and right. Only for labels without a side: the map moves with
  /// the picture, but a label such as "left" would turn false.
  package var mirror: Double

  package init(
    shift: Double = 0, scale: Double = 0, rotation: Double = 0, brightness: Double = 0,
    contrast: Double = 0, gamma: Double = 0, noise: Double = 0, mirror: Double = 0
  ) {
    self.shift = shift
    self.scale = scale
    self.rotation = rotation
    self.brightness = brightness
    self.contrast = contrast
    self.gamma = gamma
    self.noise = noise
    self.mirror = mirror
  }

  /// A changed copy; the masks follow the picture.
  package func apply(
    to sample: TrainingSample, random: inout SeededRandom
  ) -> TrainingSample {
    let warp = Warp(
      width: sample.image.base.width, height: sample.image.base.height,
      shiftX: random.uniform(-shift, shift), shiftY: random.uniform(-shift, shift),
      scale: 1 + random.uniform(-scale, scale),
      degrees: random.uniform(-rotation, rotation), mirrored: random.uniform() < mirror)
    var out = sample
    out.image.base = tones(
      warp.image(sample.image.base, outside: sample.image.preparation.emptyValue), random: &random)
    out.image.lung = sample.image.lung.map(warp.mask)
    out.truths = sample.truths.map { $0.map(warp.mask) }
    out.seeds = sample.seeds.map { warp.labels($0, outside: 255) }
    return out
  }

  private func tones(_ image: Image, random: inout SeededRandom) -> Image {
    let offset = Float(random.uniform(-brightness, brightness))
    let factor = Float(1 + random.uniform(-contrast, contrast))
    let exponent = Float(Foundation.exp(random.uniform(-gamma, gamma)))
    let deviation = Float(random.uniform(0, noise))
    var out = image
    for index in out.pixels.indices {
      var value = out.pixels[index] * factor + offset
      if exponent != 1 {
        value = 2 * Foundation.pow(min(1, max(0, (value + 1) / 2)), exponent) - 1
      }
      if deviation > 0 {
        // The sum of three uniforms: near enough to normal, and cheap.
        let sum = random.uniform() + random.uniform() + random.uniform() - 1.5
        value += deviation * 2 * Float(sum)
      }
      out.pixels[index] = min(1, max(-1, value))
    }
    return out
  }
}

/// A similarity transform about the centre of a picture, as target to source.
struct Warp {
  private let xx: Double
  private let xy: Double
  private let yx: Double
  private let yy: Double
  private let x0: Double
  private let y0: Double
  private let width: Int
  private let height: Int

  init(
    width: Int, height: Int, shiftX: Double, shiftY: Double, scale: Double, degrees: Double,
    mirrored: Bool
  ) {
    self.width = width
    self.height = height
    let angle = degrees * .pi / 180
    let sign: Double = mirrored ? -1 : 1
    xx = sign * cos(angle) / scale
    xy = sign * sin(angle) / scale
    yx = -sin(angle) / scale
    yy = cos(angle) / scale
    let centreX = Double(width - 1) / 2
    let centreY = Double(height - 1) / 2
    x0 =
      centreX - xx * (centreX + shiftX * Double(width)) - xy * (centreY + shiftY * Double(height))
    y0 =
      centreY - yx * (centreX + shiftX * Double(width)) - yy * (centreY + shiftY * Double(height))
  }

  /// Bilinear; `outside` beyond the border.
  func image(_ source: Image, outside: Float) -> Image {
    let width = source.width
    let height = source.height
    var out = Image(width: width, height: height, filling: outside)
    source.pixels.withUnsafeBufferPointer { pixels in
      for row in 0..<height {
        for column in 0..<width {
          let x = xx * Double(column) + xy * Double(row) + x0
          let y = yx * Double(column) + yy * Double(row) + y0
          guard x > -0.5, y > -0.5, x < Double(width) - 0.5, y < Double(height) - 0.5 else {
            continue
          }
          let px = min(max(x, 0), Double(width - 1))
          let py = min(max(y, 0), Double(height - 1))
          let c0 = min(Int(px), max(0, width - 2))
          let r0 = min(Int(py), max(0, height - 2))
          let fx = Float(px - Double(c0))
          let fy = Float(py - Double(r0))
          let c1 = min(c0 + 1, width - 1)
          let r1 = min(r0 + 1, height - 1)
          let top = pixels[r0 * width + c0] * (1 - fx) + pixels[r0 * width + c1] * fx
          let bottom = pixels[r1 * width + c0] * (1 - fx) + pixels[r1 * width + c1] * fx
          out.pixels[row * width + column] = top * (1 - fy) + bottom * fy
        }
      }
    }
    return out
  }

  /// Nearest; nothing beyond the border.
  func mask(_ source: Mask) -> Mask {
    Mask(width: width, height: height, bits: labels(source.bits, outside: 0))
  }

  /// Nearest, of one byte a pixel; `outside` beyond the border.
  func labels(_ source: [UInt8], outside: UInt8) -> [UInt8] {
    var out = [UInt8](repeating: outside, count: width * height)
    source.withUnsafeBufferPointer { source in
      for row in 0..<height {
        for column in 0..<width {
          let x = Int((xx * Double(column) + xy * Double(row) + x0).rounded())
          let y = Int((yx * Double(column) + yy * Double(row) + y0).rounded())
          if x >= 0, y >= 0, x < width, y < height {
            out[row * width + column] = source[y * width + x]
          }
        }
      }
    }
    return out
  }
}
