import Graphs
import Networks
import Synchronization
import Tensors

/// One step of momentum contrast (He et al. 2020, "MoCo", algorithm 1; on radiographs: Sowrirajan et
/// al. 2021): two views of each picture, the vector of one told from a queue of others by that of its
/// twin.
///
/// The network of the keys follows that of the queries. It and the queue are the state. Both
/// networks normalise by their batch.
final class ContrastStep: StepGraph {
  private let settings: MixedRecipe.Contrast
  private let imageShape: Shape
  private let query: LossPlan
  private let key: Plan
  private let network: NetworkSpec
  private let memory: Mutex<Memory>
  /// The second view of each batch.
  private let views: @Sendable (Int) -> [Float]

  private struct Memory {
    var keys: Parameters
    /// [K, D], unit rows.
    var queue: [Float]
    /// The row that is replaced next.
    var next: Int
  }

  /// - Parameters:
  ///   - start: the weights that both networks begin with.
  ///   - views: by number of the step, the images of its second views.
  init(
    recipe: Recipe, settings: MixedRecipe.Contrast, start: Parameters,
    views: @escaping @Sendable (Int) -> [Float]
  ) throws {
    (self.settings, self.views, network) = (settings, views, recipe.network)
    let size = (recipe.preparation.height, recipe.preparation.width)
    imageShape = [recipe.batch, recipe.network.inChannels, size.0, size.1]
    var graph = try recipe.network.build(batch: recipe.batch, inputSize: size, training: true)
    guard let logits = graph.taps["logits"], graph.shape(of: logits).rank == 2 else {
      throw TrainingError(.recipe)
    }
    let queries = try graph.normalized(logits)
    key = try Plan(graph, outputs: [queries])
    let keys = graph.input("key", [recipe.batch, settings.dimension])
    let queue = graph.input("queue", [settings.queue, settings.dimension])
    let loss = try graph.contrastive(
      queries: queries, keys: keys, queue: queue, temperature: Float(settings.temperature))
    query = try LossPlan(&graph, loss: loss, of: recipe.network)
    memory = Mutex(
      Memory(keys: start, queue: Self.firstQueue(settings, seed: recipe.seed), next: 0))
  }

  /// Random unit rows.
  private static func firstQueue(_ settings: MixedRecipe.Contrast, seed: UInt64) -> [Float] {
    var random = SeededRandom(seed: seed, stream: 0x5155_4555)
    return (0..<settings.queue).flatMap { _ in
      // The sum of three uniforms: near enough to normal for a direction.
      let row = (0..<settings.dimension).map { _ in
        Float(random.uniform() + random.uniform() + random.uniform() - 1.5)
      }
      let length = max(1e-12, row.reduce(0) { $0 + $1 * $1 }.squareRoot())
      return row.map { $0 / length }
    }
  }

  var plannedBytes: Int { query.bytes + 8 * imageShape.count }

  func run(
    _ step: StepInput, parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    let keys = followed(parameters)
    let second = Tensor(imageShape, views(Int(step.random.step)))
    let own = try key.run(
      inputs: inputs(key.inputNames, second, step), parameters: keys, workspace: workspace)[0]
    var inputs = inputs(query.inputNames, Tensor(imageShape, step.batch.images), step)
    inputs["key"] = own
    inputs["queue"] = memory.withLock {
      Tensor([settings.queue, settings.dimension], $0.queue)
    }
    let outcome = try query.run(inputs, parameters: parameters, workspace: workspace)
    enqueue(own.values)
    return outcome
  }

  private func inputs(
    _ names: [String], _ image: Tensor, _ step: StepInput
  ) -> [String: Tensor] {
    names.contains("random")
      ? ["image": image, "random": step.random.tensor] : ["image": image]
  }

  /// The key network after it has moved towards the weights of the queries.
  private func followed(_ weights: Parameters) -> Parameters {
    memory.withLock { memory in
      let share = Float(settings.momentum)
      for name in query.parameterNames {
        guard let query = weights[name], let key = memory.keys[name] else { continue }
        memory.keys[name] = Tensor(
          key.shape, zip(key.values, query.values).map { share * $0 + (1 - share) * $1 })
      }
      return memory.keys
    }
  }

  /// Puts the keys of a batch in place of the oldest.
  private func enqueue(_ rows: [Float]) {
    memory.withLock { memory in
      let from = memory.next * settings.dimension
      memory.queue.replaceSubrange(from..<from + rows.count, with: rows)
      memory.next = (memory.next + rows.count / settings.dimension) % settings.queue
    }
  }

  var state: Parameters {
    memory.withLock { memory in
      var all = memory.keys.prefixed("key.")
      all["queue"] = Tensor([settings.queue, settings.dimension], memory.queue)
      all["next"] = Tensor([], [Float(memory.next)])
      return all
    }
  }

  func restore(_ state: Parameters) throws {
    let keys = state.split(at: "key.").behind
    guard (try? network.check(keys)) != nil, let queue = state["queue"],
      queue.shape == [settings.queue, settings.dimension],
      queue.values.allSatisfy(\.isFinite), let next = state["next"]?.values.first,
      let row = Int(exactly: next), (0..<settings.queue).contains(row)
    else { throw TrainingError(.checkpointMismatch) }
    memory.withLock { $0 = Memory(keys: keys, queue: queue.values, next: row) }
  }
}
