import Foundation
import Imaging
import Networks
import Tensors

/// Tiles cut from films, of one grey channel.
package struct TileSet: Sendable {
  /// With a map of classes (`seeds`) each.
  package var masked: [TrainingSample] = []
  /// With one class each (`labels`).
  package var labelled: [TrainingSample] = []
  /// Films that were read, and those left out because a label is not drawn on them.
  package var films = 0
  package var undrawn = 0

  /// Tiles are normalised by mean and deviation of the set, see `Scale`.
  static func preparation(side: Int) -> ImagePreparation {
    ImagePreparation(width: side, height: side, fit: .squeeze)
  }

  /// `(v - mean) / (2.5 deviation)`, clipped to -1...1: mean and standard deviation over the tiles
  /// with masks of the training films, as the authors normalise, drawn into the range that
  /// augmentation works in.
  struct Scale: Sendable, Codable {
    let mean: Float
    let deviation: Float

    func apply(_ image: Image) -> Image {
      let unit = 2.5 * max(deviation, 1e-6)
      return Image(
        width: image.width, height: image.height,
        pixels: image.pixels.map { min(1, max(-1, ($0 - mean) / unit)) })
    }

    /// Of raw tiles; 0 and 1 without any.
    init(_ tiles: [TrainingSample]) {
      let count = Double(max(1, tiles.reduce(0) { $0 + $1.image.base.pixels.count }))
      var (sum, squares) = (0.0, 0.0)
      for tile in tiles {
        for value in tile.image.base.pixels {
          sum += Double(value)
          squares += Double(value) * Double(value)
        }
      }
      let mean = sum / count
      self.mean = Float(mean)
      deviation = tiles.isEmpty ? 1 : Float(max(0, squares / count - mean * mean).squareRoot())
    }
  }

  func scaled(by scale: Scale) -> TileSet {
    func scaled(_ tile: TrainingSample) -> TrainingSample {
      var tile = tile
      tile.image.base = scale.apply(tile.image.base)
      return tile
    }
    var set = self
    set.masked = masked.map(scaled)
    set.labelled = labelled.map(scaled)
    return set
  }
}

/// The classes of a film's cells: 0 everything else, then the labels in order.
enum TileClasses {
  /// The earlier of two labels in one cell counts. nil where a label is neither drawn nor known to
  /// be absent.
  static func make(_ film: Film, labels: Int) -> [UInt8]? {
    var classes = [UInt8](repeating: 0, count: film.image.pixels.count)
    for label in (0..<labels).reversed() {
      guard let truth = film.truth(of: label) else {
        guard film.labels.indices.contains(label), film.labels[label] == .some(0) else {
          return nil
        }
        continue
      }
      for cell in classes.indices where truth.bits[cell] != 0 { classes[cell] = UInt8(label + 1) }
    }
    return classes
  }
}
