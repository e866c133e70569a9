import Graphs
import Networks
import Synchronization
import Tensors

/// One step of an adversarial training: the critic learns `criticSteps` times to tell real normal
/// slices from made ones, then the generator once to please it.
///
/// A batch holds the slices of all these updates, one after another; the generator takes the last.
/// The critic, its optimizer's moments and its count of steps are the state.
final class AdversarialStep: StepGraph {
  private let settings: AdversarialRecipe
  private let recipe: Recipe
  private let shape: Shape
  private let fakes: Plan
  private let critic: LossPlan
  private let generator: LossPlan
  /// With its prefix; empty without one.
  private let judge: Parameters
  private let memory: Mutex<Memory>

  private struct Memory {
    /// With its prefix.
    var critic: Parameters
    var optimizer: Optimizer
  }

  /// - Parameters:
  ///   - recipe: of the generator; its batch is that of a whole step.
  ///   - judge: the frozen classifier of `biomarker`.
  init(
    recipe: Recipe, settings: AdversarialRecipe,
    judge: (network: NetworkSpec, parameters: Parameters)? = nil
  ) throws {
    (self.recipe, self.settings) = (recipe, settings)
    let size = (recipe.preparation.height, recipe.preparation.width)
    let loss = AdversarialLoss(
      recipe: settings, network: recipe.network, judge: judge?.network, size: size)
    shape = [settings.learning.batch, 1, size.0, size.1]
    (fakes, critic, generator) = (
      try loss.fakes(), try loss.criticPlan(), try loss.generatorPlan()
    )
    self.judge = (judge?.parameters ?? Parameters()).prefixed(AdversarialLoss.classifier)
    memory = Mutex(
      Memory(
        critic: try settings.critic.initialParameters(seed: recipe.seed ^ 0x4352_4954)
          .prefixed(AdversarialLoss.critic),
        optimizer: Optimizer(settings.criticOptimizer)))
  }

  var plannedBytes: Int {
    max(generator.bytes, critic.bytes) + 8 * settings.criticSteps * shape.count
  }

  func run(
    _ step: StepInput, parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    let number = Int(step.random.step)
    let factor = recipe.schedule.factor(
      at: number, of: recipe.epochs * recipe.stepsPerEpoch, stepsPerEpoch: recipe.stepsPerEpoch)
    for turn in 0..<settings.criticSteps {
      let inputs = inputs(step, turn)
      let made = try fakes.run(
        inputs: inputs.only(fakes.inputNames), parameters: parameters, workspace: workspace)[0]
      try teach(
        inputs, made, rate: settings.criticOptimizer.rate * factor,
        random: RandomState(
          seed: step.random.seed,
          step: UInt64(number * settings.criticSteps + turn)), workspace)
    }
    let all = memory.withLock { $0.critic }.joined(parameters).joined(judge)
    return try generator.run(
      inputs(step, settings.criticSteps - 1).only(generator.inputNames), parameters: all,
      workspace: workspace)
  }

  private func teach(
    _ inputs: [String: Tensor], _ made: Tensor, rate: Double, random: RandomState,
    _ workspace: Workspace
  ) throws {
    var inputs = inputs
    inputs["fake"] = made
    inputs["random"] = random.tensor
    let weights = memory.withLock { $0.critic }
    let outcome = try critic.run(
      inputs.only(critic.inputNames), parameters: weights, workspace: workspace)
    guard outcome.loss.isFinite else {
      throw TrainingError(.notANumber, index: Int(random.step) / settings.criticSteps)
    }
    memory.withLock { memory in
      memory.optimizer.step(
        &memory.critic, gradients: outcome.gradients, rate: rate, threads: workspace.threads)
    }
  }

  /// The slices of one update.
  private func inputs(_ step: StepInput, _ turn: Int) -> [String: Tensor] {
    let range = turn * shape.count..<(turn + 1) * shape.count
    return [
      "image": Tensor(shape, Array(step.batch.images[range])),
      "lung": Tensor(shape, Array(step.batch.targets[range])),
    ]
  }

  var state: Parameters {
    memory.withLock { memory in
      memory.critic
        .joined(memory.optimizer.first, at: "first.")
        .joined(memory.optimizer.second, at: "second.")
        .joined(Parameters(["steps": Tensor([], [Float(memory.optimizer.steps)])]))
    }
  }

  func restore(_ state: Parameters) throws {
    let critic = state.split(at: AdversarialLoss.critic).behind
    guard (try? settings.critic.check(critic)) != nil,
      let steps = state["steps"]?.values.first.flatMap({ Int(exactly: $0) }), steps >= 0
    else { throw TrainingError(.checkpointMismatch) }
    let (first, second) = (
      state.split(at: "first.").behind, state.split(at: "second.").behind
    )
    let own = critic.prefixed(AdversarialLoss.critic)
    for moment in [first, second] {
      for name in moment.names {
        guard let tensor = moment[name], tensor.shape == own[name]?.shape,
          tensor.values.allSatisfy(\.isFinite)
        else { throw TrainingError(.checkpointMismatch) }
      }
    }
    memory.withLock {
      $0 = Memory(
        critic: own,
        optimizer: Optimizer(
          settings.criticOptimizer, first: first, second: second, steps: steps))
    }
  }
}

/// Draws the batches of an adversarial step: of each update, first slices with lesion, then without.
struct HalvesDraw: SampleDraw {
  let lesions: [Int]
  let normals: [Int]
  /// Slices of one update.
  let batch: Int
  let seed: UInt64

  func draw(epoch: Int, step: Int, slot: Int) -> (index: Int, random: SeededRandom) {
    var random = SeededRandom(seed: seed, epoch: epoch, step: step, slot: slot)
    let from = slot % batch < batch / 2 ? lesions : normals
    return (from[random.integer(below: from.count)], random)
  }
}

extension [String: Tensor] {
  fileprivate func only(_ names: [String]) -> [String: Tensor] {
    filter { names.contains($0.key) }
  }
}
