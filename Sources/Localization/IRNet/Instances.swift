import Foundation
import Imaging
import Tensors

/// Tells objects of one class apart by where their cells point (Ahn, Cho, Kwak 2019, section 5.1;
/// card 0.5; optional).
///
/// Each cell walks along the field to its centre; cells whose centres lie in one weak area of the
/// field, 4-connected, are one instance.
package struct InstanceClusters: Sendable {
  package struct Settings: Sendable, Hashable, Codable {
    /// Steps of every cell along the field.
    package var iterations: Int
    /// Where the field is shorter than this, in cells, it is weak.
    package var strength: Double
    /// Pieces below this share of the image score 0.
    package var fragmentShare: Double

    /// The values of the paper's code.
    package init(
      iterations: Int = 300, strength: Double = 2.5, fragmentShare: Double = 0.01
    ) {
      self.iterations = iterations
      self.strength = strength
      self.fragmentShare = fragmentShare
    }

    /// Throws `LocalizationError(.settings)`.
    package func check() throws {
      guard (1...100_000).contains(iterations), strength.isFinite, strength > 0,
        (0...1).contains(fragmentShare)
      else { throw LocalizationError(.settings) }
    }
  }

  package let width: Int
  package let height: Int
  /// The cluster of each cell, `0 ..< count`: first, where there are any, the cells that end
  /// outside every weak area, then the areas in raster order.
  package let clusters: [Int]
  package let count: Int

  /// Throws `LocalizationError`: `.settings`, or `.values` for a field that is not finite.
  package init(_ field: DisplacementField, settings: Settings = Settings()) throws {
    try settings.check()
    guard (field.down.pixels + field.right.pixels).allSatisfy(\.isFinite) else {
      throw LocalizationError(.values)
    }
    (width, height) = (field.down.width, field.down.height)
    let bits = zip(field.down.pixels, field.right.pixels).map { down, right -> UInt8 in
      let square = Double(down) * Double(down) + Double(right) * Double(right)
      return square.squareRoot() < settings.strength ? 1 : 0
    }
    let areas = Components(
      Mask(width: width, height: height, bits: bits), connectivity: .faces
    ).labelImage
    let centres = Self.centres(field, iterations: settings.iterations)
    let found = centres.map { Int(areas[$0]) }
    let present = Set(found).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: zip(present, present.indices))
    clusters = found.map { numbers[$0, default: 0] }
    count = present.count
  }

  /// The map of each cluster: its cells of `map`, 0 elsewhere.
  ///
  /// Throws `LocalizationError(.inputSize)` for a map of another size.
  package func split(_ map: Image) throws -> [Image] {
    guard map.width == width, map.height == height else {
      throw LocalizationError(.inputSize)
    }
    var parts = [Image](repeating: Image(width: width, height: height), count: count)
    for (index, cluster) in clusters.enumerated() {
      parts[cluster].pixels[index] = map.pixels[index]
    }
    return parts
  }

  /// Where each cell ends after so many steps `c += D(c)`, `D` interpolated bilinearly, `c` held
  /// on the grid; rounded to the nearest cell, ties to even.
  package static func centres(_ field: DisplacementField, iterations: Int) -> [Int] {
    let (width, height) = (field.down.width, field.down.height)
    return (0..<width * height).map { cell in
      var (y, x) = (Double(cell / width), Double(cell % width))
      for _ in 0..<iterations {
        let (down, right) = value(field, y, x)
        let next = (
          min(max(y + down, 0), Double(height - 1)), min(max(x + right, 0), Double(width - 1))
        )
        // A cell that rests stays.
        if next == (y, x) { break }
        (y, x) = next
      }
      return Int(y.rounded(.toNearestOrEven)) * width + Int(x.rounded(.toNearestOrEven))
    }
  }

  private static func value(
    _ field: DisplacementField, _ y: Double, _ x: Double
  ) -> (down: Double, right: Double) {
    let (top, left) = (Int(y), Int(x))
    let bottom = min(top + 1, field.down.height - 1)
    let end = min(left + 1, field.down.width - 1)
    let (t, s) = (y - Double(top), x - Double(left))
    func mixed(_ image: Image) -> Double {
      let upper = Double(image[top, left]) * (1 - s) + Double(image[top, end]) * s
      let lower = Double(image[bottom, left]) * (1 - s) + Double(image[bottom, end]) * s
      return upper * (1 - t) + lower * t
    }
    return (mixed(field.down), mixed(field.right))
  }
}

/// One connected piece of an instance.
package struct Instance: Sendable {
  /// The number of the map (class) it comes from.
  package let label: Int
  /// At the size of the image.
  package let mask: Mask
  /// The largest value of its map inside, or 0 for a fragment.
  package let score: Float
}

extension InstanceClusters {
  /// The instances of some maps (one a class, at a quarter of the image): each map is split by
  /// cluster, every part walks on its own, the pixels go to the largest part above the
  /// background, and connected pieces of a part are counted as one instance each.
  ///
  /// Throws as `RandomWalk` and `split`.
  package func instances(
    of maps: [Image], edge: Image, walk: RandomWalk.Settings = .init(),
    settings: Settings = Settings(), size: (height: Int, width: Int), using workspace: Workspace
  ) throws -> [Instance] {
    try settings.check()
    let parts = try maps.flatMap { try split($0) }
    let spread = try PropagatedMap(
      parts, edge: edge, settings: walk, size: size, using: workspace)
    let labels = spread.labels(background: walk.background)
    let least = settings.fragmentShare * Double(size.height * size.width)
    var result: [Instance] = []
    for (number, map) in spread.maps.enumerated() where labels.contains(number + 1) {
      let area = Mask(
        width: size.width, height: size.height,
        bits: labels.map { $0 == number + 1 ? 1 : 0 })
      let pieces = Components(area, connectivity: .faces)
      for piece in 0..<pieces.count {
        let mask = pieces.mask(of: piece)
        let peak = zip(map.pixels, mask.bits).reduce(Float(0)) {
          $1.1 == 0 ? $0 : max($0, $1.0)
        }
        let score = Double(pieces.sizes[piece]) < least ? 0 : peak
        result.append(Instance(label: number / count, mask: mask, score: score))
      }
    }
    return result
  }
}
