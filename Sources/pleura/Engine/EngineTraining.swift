import Graphs
import Networks
import Tensors
import Training

/// A named network in training on one batch: forward, loss, backward, an update by gradient descent
/// with momentum, and the running statistics.
struct EngineTraining {
  struct Settings {
    var network: NamedNetwork
    var batch: Int
    var channels: Int
    var size: Int
    var outputs: Int
    var rate: Double
    var momentum: Double
    var seed: UInt64
    var threads: Int
  }

  let settings: Settings
  let plan: Plan
  private let graph: SupervisedGraph
  private let workspace: Workspace
  private(set) var weights: Parameters
  private var optimizer: Optimizer

  /// `weights` are the initial ones, seeded random where nil.
  ///
  /// Throws `.weights` with the name of a parameter that is missing or has another shape.
  init(_ settings: Settings, weights: Parameters?) throws {
    self.settings = settings
    graph = try settings.network.trainingGraph(
      batch: settings.batch, channels: settings.channels, height: settings.size,
      width: settings.size, outputs: settings.outputs)
    let spec = settings.network.spec(channels: settings.channels, outputs: settings.outputs)
    self.weights = try weights ?? spec.initialParameters(seed: settings.seed)
    for (name, shape) in try spec.parameterShapes() where self.weights[name]?.shape != shape {
      throw EngineError(.weights, at: name)
    }
    plan = try Plan(graph.graph, outputs: graph.outputs)
    workspace = Workspace(threads: settings.threads)
    optimizer = Optimizer(
      OptimizerSettings(kind: .sgd, rate: settings.rate, momentum: settings.momentum))
  }

  /// Seeded pictures, and targets of both kinds: class numbers, or 0 and 1 for each logit.
  func randomBatch() -> [String: Tensor] {
    var source = RandomSource(seed: settings.seed, stream: "batch")
    let form: Shape = [settings.batch, settings.channels, settings.size, settings.size]
    let image = (0..<form.count).map { _ in Float(source.normal()) }
    let classes = graph.targetShape.rank == 1 ? settings.outputs : 2
    let target = (0..<graph.targetShape.count).map { _ in
      Float(Int(source.uniform() * Double(classes)))
    }
    return ["image": Tensor(form, image), "target": Tensor(graph.targetShape, target)]
  }

  /// One step on the inputs "image" and "target"; the loss before it.
  ///
  /// Throws `.notANumber` for a loss that is not finite.
  mutating func step(_ batch: [String: Tensor]) throws -> Float {
    let results = try plan.run(inputs: batch, parameters: weights, workspace: workspace)
    let loss = results[0].scalar
    guard loss.isFinite else { throw EngineError(.notANumber) }
    var gradients = Parameters()
    for (index, (name, _)) in graph.trained.enumerated() { gradients[name] = results[1 + index] }
    optimizer.step(
      &weights, gradients: gradients, rate: settings.rate, threads: settings.threads)
    for (index, (name, _)) in graph.statistics.enumerated() {
      weights.follow(results[1 + graph.trained.count + index], of: name)
    }
    return loss
  }
}
