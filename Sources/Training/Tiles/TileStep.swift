import Graphs
import Networks
import Tensors

/// A training step on tiles. Of each tile the batch holds a class for every cell, then the class of
/// the tile; -1 where not known.
///
/// `alternating`: even steps learn cells, odd steps labels, each its own plan and update; with one kind
/// of tile alone, every step learns that one. `summed`: every step learns both.
struct TileStep: StepGraph {
  private let imageShape: Shape
  private let area: Int
  private let plans: [LossPlan]

  init(
    recipe: Recipe, objective: TileRecipe.Objective, masked: Bool, labelled: Bool
  ) throws {
    let size = (recipe.preparation.height, recipe.preparation.width)
    imageShape = [recipe.batch, recipe.network.inChannels, size.0, size.1]
    area = size.0 * size.1
    let parts: [(masks: Bool, labels: Bool)] =
      objective == .summed
      ? [(true, true)] : (masked ? [(true, false)] : []) + (labelled ? [(false, true)] : [])
    plans = try parts.map { try Self.plan(recipe, masks: $0.masks, labels: $0.labels) }
  }

  private static func plan(_ recipe: Recipe, masks: Bool, labels: Bool) throws -> LossPlan {
    let size = (recipe.preparation.height, recipe.preparation.width)
    var graph = try recipe.network.build(batch: recipe.batch, inputSize: size, training: true)
    guard let logits = graph.taps["logits"], let tile = graph.taps["tile.logits"] else {
      throw TrainingError(.recipe)
    }
    var losses: [Value] = []
    if masks {
      let cells = graph.input("cells", [recipe.batch, size.0, size.1])
      losses.append(try graph.softmaxCrossEntropy(logits: logits, labels: cells))
    }
    if labels {
      let classes = graph.input("classes", [recipe.batch])
      losses.append(try graph.softmaxCrossEntropy(logits: tile, labels: classes))
    }
    let loss = losses.count == 1 ? losses[0] : try graph.add(Add(), losses[0], losses[1])
    // A loss of cells does not reach the layer on top.
    return try LossPlan(
      &graph, loss: loss, of: recipe.network, excluding: labels ? [] : ["classifier."])
  }

  var plannedBytes: Int {
    (plans.map(\.bytes).max() ?? 0)
      + 4 * (imageShape.count + imageShape[0] * (area + 1))
  }

  func run(
    _ step: StepInput, parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    let own = plans[Int(step.random.step % UInt64(plans.count))]
    let count = imageShape[0]
    var cells: [Float] = []
    var classes: [Float] = []
    for item in 0..<count {
      let start = item * (area + 1)
      cells += step.batch.targets[start..<start + area]
      classes.append(step.batch.targets[start + area])
    }
    var inputs = ["image": Tensor(imageShape, step.batch.images)]
    for name in own.inputNames {
      switch name {
      case "cells": inputs[name] = Tensor([count, imageShape[2], imageShape[3]], cells)
      case "classes": inputs[name] = Tensor([count], classes)
      case "random": inputs[name] = step.random.tensor
      default: continue
      }
    }
    return try own.run(inputs, parameters: parameters, workspace: workspace)
  }
}

/// Draws tiles: masked ones for even steps and labelled ones for odd steps; of one kind alone, or of
/// all where the losses are summed, for every step.
struct TileDraw: SampleDraw {
  let objective: TileRecipe.Objective
  /// Samples are the masked ones, then the labelled ones.
  let masked: Int
  let labelled: Int
  let seed: UInt64
  let stepsPerEpoch: Int

  func draw(epoch: Int, step: Int, slot: Int) -> (index: Int, random: SeededRandom) {
    var random = SeededRandom(seed: seed, epoch: epoch, step: step, slot: slot)
    guard objective == .alternating, masked > 0, labelled > 0 else {
      return (random.integer(below: masked + labelled), random)
    }
    let isMask = (epoch * stepsPerEpoch + step) % 2 == 0
    return isMask
      ? (random.integer(below: masked), random)
      : (masked + random.integer(below: labelled), random)
  }
}
