import Graphs
import Imaging
import Networks
import Tensors

/// Measures a tile network on test tiles.
struct TileMeasure: Sendable {
  let recipe: TileRecipe
  let threads: Int

  func figures(
    _ setting: TileRecipe.Setting, _ part: TilePart, _ weights: Parameters, on test: TileSet
  ) throws -> TileFigures {
    let own = try recipe.recipe()
    let side = recipe.tiles.side
    let network = try PlannedNetwork(own.network, parameters: weights, inputSize: (side, side)) {
      [$0.taps["logits"], $0.taps["tile.logits"]].compactMap { $0 }
    }
    let classes = recipe.classes
    let cells = try total(test.masked) { tile, workspace in
      let logits = try network.run(
        Tensor(network.inputShape, tile.image.channelValues), using: workspace)[0].values
      var counts = ConfusionCounts(classes: classes)
      let area = side * side
      for (cell, truth) in (tile.seeds ?? []).enumerated() {
        var best = 0
        for number in 1..<classes where logits[number * area + cell] > logits[best * area + cell] {
          best = number
        }
        counts.add(truth: Int(truth), answer: best)
      }
      return counts
    }
    let tiles =
      part.labelled.isEmpty
      ? nil
      : try total(test.labelled) { tile, workspace in
        let logits = try network.run(
          Tensor(network.inputShape, tile.image.channelValues), using: workspace)[1].values
        var counts = ConfusionCounts(classes: classes)
        counts.add(
          truth: Int(tile.labels[0] ?? -1),
          answer: logits.indices.max { logits[$0] < logits[$1] } ?? 0)
        return counts
      }
    return TileFigures(
      setting: setting, masks: part.masked.count, labels: part.labelled.count,
      pixelAccuracy: cells.accuracy, pixelF1Macro: cells.f1Macro, pixelF1: cells.f1,
      tileAccuracy: tiles?.accuracy, tileF1Macro: tiles?.f1Macro)
  }

  private func total(
    _ tiles: [TrainingSample],
    _ count: @Sendable (TrainingSample, Workspace) throws -> ConfusionCounts
  ) throws -> ConfusionCounts {
    var all = ConfusionCounts(classes: recipe.classes)
    for one in try Items.map(tiles.count, threads: threads, { try count(tiles[$0], $1) }) {
      all.add(one)
    }
    return all
  }
}
