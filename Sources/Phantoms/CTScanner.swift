import Glibc
import Imaging

/// Sharpness, noise and kernel of one synthetic scanner.
struct CTScanner: Sendable {
  let sharpness: Double
  let noise: Double
  let correlation: Double
  let overshoot: Double

  init(_ random: inout CounterRandom) {
    sharpness = random.uniform(0.4, 0.8)
    noise = random.uniform(10, 40)
    correlation = random.uniform(0.4, 0.8)
    overshoot = random.chance(0.4) ? random.uniform(0.1, 0.5) : 0
  }

  /// `texture` must be a stream of its own for each slice.
  func scan(_ slice: Image, noise texture: inout CounterRandom) -> Image {
    var result = slice.blurred(sigma: sharpness)
    if overshoot > 0 {
      let soft = result.blurred(sigma: 1)
      for i in result.pixels.indices {
        result.pixels[i] += Float(overshoot) * (result.pixels[i] - soft.pixels[i])
      }
    }
    var grain = Image(width: slice.width, height: slice.height)
    for i in grain.pixels.indices { grain.pixels[i] = texture.fastNormal() }
    grain = grain.blurred(sigma: correlation)
    let deviation = Statistics.meanAndDeviation(grain.pixels).deviation
    let scale = Float(noise / max(deviation, 1e-6))
    for i in result.pixels.indices {
      result.pixels[i] = max(-1024, (result.pixels[i] + scale * grain.pixels[i]).rounded())
    }
    return result
  }
}
