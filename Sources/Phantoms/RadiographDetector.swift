import Glibc
import Imaging

/// Exposure, scatter, noise, sharpness and the display curve of one synthetic detector.
struct RadiographDetector: Sendable {
  private let veil: Double
  private let quanta: Double
  private let electronic: Double
  private let sharpness: Double
  private let centre: Double
  private let latitude: Double
  private let grid: Bool

  init(_ random: inout CounterRandom) {
    veil = random.uniform(0.10, 0.35)
    quanta = random.logUniform(600, 6000)
    electronic = random.uniform(0.001, 0.004)
    sharpness = random.uniform(0.4, 1.0)
    centre = random.uniform(0.42, 0.62)
    latitude = random.uniform(0.13, 0.21)
    grid = random.chance(0.02)
  }

  func expose(
    _ density: Image, frame: FilmFrame, marks: Set<RadiographConfounder>,
    _ random: inout CounterRandom
  ) -> Image {
    // Attenuation 1 in our units stands for a factor of e^3 in intensity.
    let slope: Float = 3
    var beam = density
    for i in beam.pixels.indices { beam.pixels[i] = exp(-slope * beam.pixels[i]) }
    let scatter = beam.softlyBlurred(sigma: Double(frame.size) / 12)
    let share = Float(veil)
    for i in beam.pixels.indices {
      beam.pixels[i] = beam.pixels[i] * (1 - share) + scatter.pixels[i] * share
    }
    // Pixels of a smaller matrix collect more quanta.
    let dose = Float(quanta) * max(1, 1024 / Float(frame.size))
    for i in beam.pixels.indices {
      let signal = beam.pixels[i]
      let noise = (signal / dose).squareRoot() * random.fastNormal()
      let read = Float(electronic) * random.fastNormal()
      beam.pixels[i] = max(signal + noise + read, 1e-4)
    }
    var film = beam.blurred(sigma: sharpness * max(0.5, min(1, Double(frame.size) / 512)))
    let (c, w) = (Float(centre), Float(latitude))
    for i in film.pixels.indices {
      var value = -log(max(film.pixels[i], 1e-4)) / slope
      if grid && (i / frame.size) % 4 == 0 { value += 0.008 }
      film.pixels[i] = 1 / (1 + exp(-(value - c) / w))
    }
    decorate(&film, marks, &random)
    return film
  }

  /// Side letter and collimator edges: they say R or L where the patient's side is.
  private func decorate(
    _ film: inout Image, _ marks: Set<RadiographConfounder>, _ random: inout CounterRandom
  ) {
    let size = film.width
    let right = random.chance(0.7)
    if marks.contains(.marker) {
      let scale = max(1, size / 170)
      var board = ColorImage(width: size, height: size)
      let column = Int(
        Double(size) * (right ? random.uniform(0.03, 0.1) : random.uniform(0.85, 0.93)))
      Overlay.text(
        right ? "R" : "L", on: &board, column: column,
        row: Int(Double(size) * random.uniform(0.03, 0.12)), color: RGB(255, 255, 255),
        scale: scale)
      for i in film.pixels.indices where board.bytes[i * 3] != 0 { film.pixels[i] = 0.97 }
    }
    if marks.contains(.collimation) {
      let edge = Int(Double(size) * random.uniform(0.01, 0.035))
      for row in 0..<size {
        for column in 0..<size
        where min(min(row, column), size - 1 - max(row, column)) < edge {
          film.pixels[row * size + column] *= 0.15
        }
      }
    }
  }
}
