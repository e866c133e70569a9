import Imaging

/// The tiles that one setting learns from.
struct TilePart: Sendable {
  let masked: [TrainingSample]
  let labelled: [TrainingSample]

  /// A share counts whole tiles, at least one where it is not 0. Of one seed, a smaller share is part
  /// of a larger one.
  init(_ set: TileSet, setting: TileRecipe.Setting, seed: UInt64) {
    func first(_ tiles: [TrainingSample], percent: Double, salt: UInt64) -> [TrainingSample] {
      guard percent < 100 else { return tiles }
      guard percent > 0 else { return [] }
      let count = max(1, Int((Double(tiles.count) * percent / 100).rounded()))
      return SeededRandom.choose(count, of: tiles, seed: seed, stream: 0x5041_5254_0000 | salt)
    }
    let share = setting.share
    switch setting.use {
    case .masks:
      masked = first(set.masked, percent: share, salt: 1)
      labelled = []
    case .masksAndRest:
      masked = first(set.masked, percent: share, salt: 1)
      labelled = first(set.labelled, percent: 100 - share, salt: 2)
    case .masksAndLabels:
      masked = first(set.masked, percent: share, salt: 1)
      labelled = set.labelled
    case .labels:
      masked = []
      labelled = first(set.labelled, percent: share, salt: 2)
    case .labelsAndMasks:
      masked = set.masked
      labelled = first(set.labelled, percent: share, salt: 2)
    }
  }

  /// Masked, then labelled tiles, as the objective sees them: summed losses want a class for every
  /// cell of a labelled tile, and for a masked tile its commonest class.
  func samples(_ recipe: TileRecipe) -> [TrainingSample] {
    guard recipe.objective == .summed else { return masked + labelled }
    let cells = recipe.tiles.side * recipe.tiles.side
    return masked.map { tile in
      var tile = tile
      var often = [Int](repeating: 0, count: recipe.classes)
      for value in tile.seeds ?? [] where Int(value) < often.count { often[Int(value)] += 1 }
      tile.labels = [Float(often.indices.max { often[$0] < often[$1] } ?? 0)]
      return tile
    }
      + labelled.map { tile in
        var tile = tile
        tile.seeds = [UInt8](repeating: UInt8(tile.labels[0] ?? 0), count: cells)
        return tile
      }
  }
}
