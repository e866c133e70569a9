/// Moves tensors between N, C, H, W order and channels-last pictures.
package enum Layout {
  /// Channels that are moved at once, so that both sides stay in the cache.
  private static let block = 16

  /// Writes the N, C, H, W floats of `source` to a channels-last view.
  package static func toChannelsLast(_ source: Cells, _ target: PixelView, threads: Int) {
    let area = target.height * target.width
    let (channels, pitch) = (target.channels, target.pitch)
    let rows = max(1, 4096 / max(1, channels))
    let pieces = (area + rows - 1) / rows
    Parallel.forEach(count: target.images * pieces, width: threads) { index in
      let image = index / pieces
      let cells = index % pieces * rows..<min(area, (index % pieces + 1) * rows)
      let from = source + image * channels * area
      let to = target.cells + image * area * pitch
      for first in stride(from: 0, to: channels, by: block) {
        for cell in cells {
          for channel in first..<min(channels, first + block) {
            to.base[cell * pitch + channel] = from.base[channel * area + cell]
          }
        }
      }
    }
  }

  /// Writes a channels-last view to N, C, H, W floats.
  package static func toPlanes(_ source: PixelView, _ target: Cells, threads: Int) {
    let area = source.height * source.width
    let (channels, pitch) = (source.channels, source.pitch)
    let rows = max(1, 4096 / max(1, channels))
    let pieces = (area + rows - 1) / rows
    Parallel.forEach(count: source.images * pieces, width: threads) { index in
      let image = index / pieces
      let cells = index % pieces * rows..<min(area, (index % pieces + 1) * rows)
      let from = source.cells + image * area * pitch
      let to = target + image * channels * area
      for first in stride(from: 0, to: channels, by: block) {
        for channel in first..<min(channels, first + block) {
          for cell in cells {
            to.base[channel * area + cell] = from.base[cell * pitch + channel]
          }
        }
      }
    }
  }
}
