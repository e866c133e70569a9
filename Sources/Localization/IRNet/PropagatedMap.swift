import Imaging
import Networks
import Tensors

/// Maps after the random walk at the size of the image, the largest value over all of them 1
/// (Ahn 2019; card 0.5): four times finer by bilinear interpolation, cut to the image, divided.
package struct PropagatedMap: Sendable {
  /// One a class (or a class and instance), in the order given; all zeros where nothing walked.
  package let maps: [Image]

  /// - Parameters:
  ///   - walked: of one size, a quarter of the image rounded up.
  ///   - size: of the image.
  /// Throws `LocalizationError(.inputSize)` for maps that do not cover the image, or none.
  package init(
    walked: [Image], size: (height: Int, width: Int), using workspace: Workspace
  ) throws {
    guard let first = walked.first, size.height > 0, size.width > 0,
      walked.allSatisfy({ $0.width == first.width && $0.height == first.height }),
      first.height * IRNet.stride >= size.height,
      first.width * IRNet.stride >= size.width
    else { throw LocalizationError(.inputSize) }
    var maps = walked.map { Self.enlarged($0, size, workspace) }
    let peak = maps.reduce(Float(0)) { max($0, $1.pixels.max() ?? 0) }
    if peak > 0 {
      for index in maps.indices {
        maps[index].pixels = maps[index].pixels.map { $0 / peak }
      }
    }
    self.maps = maps
  }

  /// Walks every map over the edges. Throws as `RandomWalk` and the other initializer.
  package init(
    _ maps: [Image], edge: Image, settings: RandomWalk.Settings = .init(),
    size: (height: Int, width: Int), using workspace: Workspace
  ) throws {
    let walk = try RandomWalk(edge: edge, settings: settings, threads: workspace.threads)
    let walked = try maps.map { try walk.propagate($0, threads: workspace.threads) }
    try self.init(walked: walked, size: size, using: workspace)
  }

  /// Per pixel the number of the largest map plus 1, or 0 where none exceeds `background`; the
  /// first of equals.
  package func labels(background: Float) -> [Int] {
    var best = [Float](repeating: background, count: maps[0].pixels.count)
    var labels = [Int](repeating: 0, count: best.count)
    for (number, map) in maps.enumerated() {
      for (index, value) in map.pixels.enumerated() where value > best[index] {
        best[index] = value
        labels[index] = number + 1
      }
    }
    return labels
  }

  private static func enlarged(
    _ map: Image, _ size: (height: Int, width: Int), _ workspace: Workspace
  ) -> Image {
    let (rows, columns) = (map.height * IRNet.stride, map.width * IRNet.stride)
    let fine = Resize.bilinear(
      Tensor([1, 1, map.height, map.width], map.pixels), height: rows, width: columns, workspace)
    var result = Image(width: size.width, height: size.height)
    for row in 0..<size.height {
      for column in 0..<size.width {
        result[row, column] = fine.values[row * columns + column]
      }
    }
    return result
  }
}
