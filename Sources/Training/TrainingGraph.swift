import Graphs
import Networks
import Tensors

/// The plan of one training step: loss, its gradient for every trained parameter, and the batch
/// statistics that the running averages follow.
package struct TrainingGraph: Sendable {
  package struct Outcome: Sendable {
    package let loss: Float
    package let gradients: Parameters
    /// By the name of the normalisation layer, [2, C]: mean, variance.
    package let statistics: [String: Tensor]
  }

  let imageShape: Shape
  let targetShape: Shape
  private let plan: Plan
  private let trained: [String]
  private let layers: [String]

  init(recipe: Recipe) throws {
    let size = (recipe.preparation.height, recipe.preparation.width)
    var graph = try recipe.network.build(batch: recipe.batch, inputSize: size, training: true)
    guard let logits = graph.taps["logits"] else { throw TrainingError(.recipe) }
    targetShape = graph.shape(of: logits)
    imageShape = [recipe.batch, recipe.network.inChannels, size.0, size.1]
    let targets = graph.input("target", targetShape)
    let loss: Value
    switch recipe.task {
    case .classification:
      let weights = graph.input("weight", targetShape)
      loss = try graph.binaryCrossEntropy(logits: logits, targets: targets, weights: weights)
    case .segmentation:
      let cross = try graph.binaryCrossEntropy(logits: logits, targets: targets)
      let probabilities = try graph.add(Sigmoid(), logits)
      let dice = try graph.softDice(probabilities: probabilities, targets: targets)
      loss = try graph.add(Add(), cross, dice)
    }
    let parameters = graph.parameters.filter { !NetworkSpec.isRunning($0.name) }
    let gradients = try graph.gradient(of: loss, withRespectTo: parameters.map(\.value))
    let statistics = graph.taps.keys.filter { $0.hasPrefix("bn.") }.sorted()
    trained = parameters.map(\.name)
    layers = statistics.map { String($0.dropFirst(3).dropLast(".statistics".count)) }
    plan = try Plan(
      graph, outputs: [loss] + gradients + statistics.compactMap { graph.taps[$0] })
  }

  func run(
    images: [Float], targets: [Float], weights: [Float], parameters: Parameters,
    workspace: Workspace
  ) throws -> Outcome {
    var inputs = ["image": Tensor(imageShape, images), "target": Tensor(targetShape, targets)]
    if plan.inputNames.contains("weight") { inputs["weight"] = Tensor(targetShape, weights) }
    let results = try plan.run(inputs: inputs, parameters: parameters, workspace: workspace)
    var gradients = Parameters()
    for (index, name) in trained.enumerated() { gradients[name] = results[1 + index] }
    var statistics: [String: Tensor] = [:]
    for (index, name) in layers.enumerated() {
      statistics[name] = results[1 + trained.count + index]
    }
    return Outcome(loss: results[0].scalar, gradients: gradients, statistics: statistics)
  }
}
