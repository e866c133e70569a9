/// Sizes that keep the working memory of a worker in its second-level cache.
enum Tuning {
  /// Floats of the left matrix of a product that are worked on at once (256 KiB).
  static let block = 1 << 16

  /// Rows of such a block of `depth` columns: whole register tiles, and few enough that every
  /// worker gets several.
  static func rows(depth: Int, total: Int, tile: Int, threads: Int) -> Int {
    let fit = min(max(block / max(1, depth), 2 * tile), 384)
    let fair = (total + 4 * threads - 1) / (4 * threads)
    let rows = threads > 1 ? min(fit, max(fair, 2 * tile)) : fit
    return (rows + tile - 1) / tile * tile
  }

  /// Floats of a scratch row of `channels`: whole vectors, and no multiple of a kibibyte, whose
  /// rows would compete for the same lines of the first-level cache.
  static func pitch(_ channels: Int) -> Int {
    let whole = (channels + 15) / 16 * 16
    return whole % 256 == 0 ? whole + 16 : whole
  }
}
