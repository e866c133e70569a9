import Graphs
import Tensors

/// A training step in parts, one after the other, for batches that do not fit into memory.
///
/// The gradient is the mean over the parts, so that a loss that is a mean over pictures has the
/// gradient of the whole batch. What looks at a batch as a whole looks at a part instead: batch
/// normalisation, soft Dice, the balance of IRNet's pairs. The running averages follow the
/// statistics of all parts pooled, as of one batch.
struct MicroBatches: StepGraph {
  private let graph: any StepGraph
  private let parts: Int

  /// The graph of a recipe's step, in parts where the recipe says so. Throws as `make`.
  static func graph(
    of recipe: Recipe, _ make: (Recipe) throws -> any StepGraph
  ) throws -> any StepGraph {
    guard let size = recipe.microBatch, size < recipe.batch else { return try make(recipe) }
    var part = recipe
    part.batch = size
    part.microBatch = nil
    return MicroBatches(graph: try make(part), parts: recipe.batch / size)
  }

  var plannedBytes: Int { graph.plannedBytes }

  func run(
    _ step: StepInput, parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    var outcomes: [(loss: Float, statistics: [String: Tensor])] = []
    var gradients = Parameters()
    for part in 0..<parts {
      let input = StepInput(
        batch: step.batch.part(part, of: parts), dropRate: step.dropRate,
        random: RandomState(
          seed: step.random.seed, step: step.random.step * UInt64(parts) + UInt64(part)))
      let outcome = try graph.run(input, parameters: parameters, workspace: workspace)
      outcomes.append((outcome.loss, outcome.statistics))
      gradients.add(outcome.gradients, share: 1 / Float(parts))
    }
    let losses = outcomes.reduce(Float(0)) { $0 + $1.loss }
    return StepOutcome(
      loss: losses / Float(parts), gradients: gradients,
      statistics: Self.pooled(outcomes.map(\.statistics)))
  }

  /// Mean and biased variance [2, C] of parts of one size, as of all their cells together: the
  /// variance is the mean of the variances plus the variance of the means.
  static func pooled(_ parts: [[String: Tensor]]) -> [String: Tensor] {
    guard let first = parts.first else { return [:] }
    let count = Double(parts.count)
    return Dictionary(
      uniqueKeysWithValues: first.map { layer, form in
        let channels = form.shape[1]
        let tables = parts.compactMap { $0[layer]?.values }
        var values = form.values
        for at in 0..<channels {
          let mean = tables.reduce(0.0) { $0 + Double($1[at]) } / count
          let within = tables.reduce(0.0) { $0 + Double($1[channels + at]) } / count
          let between =
            tables.reduce(0.0) {
              $0 + (Double($1[at]) - mean) * (Double($1[at]) - mean)
            } / count
          (values[at], values[channels + at]) = (Float(mean), Float(within + between))
        }
        return (layer, Tensor(form.shape, values))
      })
  }
}

extension BatchMaker.Batch {
  /// A part of the batch: so many pictures in order.
  fileprivate func part(_ number: Int, of parts: Int) -> BatchMaker.Batch {
    func piece(_ values: [Float]) -> [Float] {
      let length = values.count / parts
      return Array(values[number * length..<(number + 1) * length])
    }
    return BatchMaker.Batch(
      images: piece(images), targets: piece(targets), weights: piece(weights))
  }
}

extension Parameters {
  /// Adds a share of others of the same shapes; those that are not here yet begin at zero.
  fileprivate mutating func add(_ others: Parameters, share: Float) {
    for name in others.names {
      guard let other = others[name] else { continue }
      if self[name] == nil { self[name] = Tensor(zeros: other.shape) }
      let count = other.values.count
      edit(name) { sum in
        withCells(other) { other in
          for index in 0..<count { sum[index] += share * other[index] }
        }
      }
    }
  }
}
