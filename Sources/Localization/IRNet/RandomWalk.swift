import Imaging
import Tensors

/// The random walk of IRNet (Ahn, Cho, Kwak 2019, section 5.2; card 0.5): spreads a map over the
/// cells that no boundary parts from it.
///
/// Cells closer than `radius` have the affinity `a = 1 - the largest edge on the path`, each cell
/// 1 with itself; `T = a^beta / the sums of its columns`; the result is `(map * (1 - edge)) T^n`
/// with `n = 2^times`, the map a row vector. `T` is never squared: `n` products with its at most
/// 69 (radius 5) entries a row are the same mathematics.
package struct RandomWalk: Sendable {
  package struct Settings: Sendable, Hashable, Codable {
    /// Cells that are closer are neighbours.
    package var radius: Int
    /// The power of the affinities.
    package var beta: Double
    /// The walk has 2 to this power steps.
    package var times: Int
    /// What a propagated map, its largest value 1, is compared with.
    package var background: Float
    /// Whether a cell on a boundary starts with its map as it is, not times `1 - edge`; nil is
    /// false, as published. For lesions so thin that most of their cells lie on a boundary.
    package var keepsEdgeCells: Bool?

    /// The values of the paper's code for radius 5, beta 10, 256 steps.
    package init(radius: Int = 5, beta: Double = 10, times: Int = 8, background: Float = 0.25) {
      self.radius = radius
      self.beta = beta
      self.times = times
      self.background = background
    }

    /// Those of CheXseg's code (Gadgil 2021; card 0.5).
    package static let cheXseg = Settings(radius: 3, beta: 5, times: 3, background: 0.6)

    /// Throws `LocalizationError(.settings)` for values that no walk can have.
    package func check() throws {
      guard PathIndex.radii.contains(radius), beta.isFinite, beta > 0, (0...16).contains(times),
        background.isFinite
      else { throw LocalizationError(.settings) }
    }
  }

  package let settings: Settings
  private let edge: Image
  private let stencil: WalkStencil

  /// The transitions of one image.
  ///
  /// - Parameter edge: probability of a boundary per cell; beyond the border it is 1, so that
  ///   nothing leaves.
  /// Throws `LocalizationError`: `.settings`, or `.values` for edges outside `0...1`.
  package init(edge: Image, settings: Settings = Settings(), threads: Int = 1) throws {
    try settings.check()
    guard edge.pixels.allSatisfy({ (0...1).contains($0) }) else {
      throw LocalizationError(.values)
    }
    self.settings = settings
    self.edge = edge
    stencil = WalkStencil(
      edge: edge, radius: settings.radius, beta: settings.beta, threads: threads)
  }

  /// The map after the walk, of the size of the edges.
  ///
  /// Bits do not depend on `threads`. Throws `LocalizationError`: `.inputSize` for a map of
  /// another size, `.values` for one that is not finite.
  package func propagate(_ map: Image, threads: Int = 1) throws -> Image {
    guard map.width == edge.width, map.height == edge.height else {
      throw LocalizationError(.inputSize)
    }
    guard map.pixels.allSatisfy(\.isFinite) else { throw LocalizationError(.values) }
    var start = map
    if settings.keepsEdgeCells != true {
      for index in start.pixels.indices { start.pixels[index] *= 1 - edge.pixels[index] }
    }
    return stencil.walk(start, steps: 1 << settings.times, threads: threads)
  }
}
