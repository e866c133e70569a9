import Imaging
import Networks
import Synchronization
import Tensors

extension Classifier {
  /// The maps of many pictures, by `threads` workers, in order; the same bits for any number of
  /// them.
  ///
  /// A picture is asked for when a worker is ready for it, so that all need not lie in memory.
  /// Throws the error of the first picture that fails, and `LocalizationError(.noMap)` when this
  /// classifier makes no map.
  package func maps(
    count: Int, threads: Int, image: @Sendable (Int) throws -> PreparedImage
  ) throws -> [Heatmap] {
    let slots = Mutex([Result<Heatmap, any Error>?](repeating: nil, count: count))
    let grain = 8
    Parallel.forEach(count: (count + grain - 1) / grain, width: max(1, threads)) { piece in
      let workspace = Workspace(threads: 1)
      for index in piece * grain..<min(count, (piece + 1) * grain) {
        let result = Result<Heatmap, any Error> {
          guard let map = try read(image(index), using: workspace).heatmap else {
            throw LocalizationError(.noMap)
          }
          return map
        }
        slots.withLock { $0[index] = result }
      }
    }
    return try slots.withLock { $0 }.compactMap { try $0?.get() }
  }

  /// The maps of pictures that lie in memory.
  package func maps(of images: [PreparedImage], threads: Int) throws -> [Heatmap] {
    try maps(count: images.count, threads: threads) { images[$0] }
  }
}
