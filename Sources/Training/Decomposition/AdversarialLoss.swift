import Graphs
import Networks
import Tensors

/// The graphs of an adversarial step. Inputs: "image" [N, 1, H, W], 0 outside the lungs; "lung" of
/// the same shape, 1 inside; the first half of a batch has lesions, the second none.
struct AdversarialLoss {
  static let critic = "critic."
  static let classifier = "classifier."

  let recipe: AdversarialRecipe
  let network: NetworkSpec
  /// Frozen: it judges the slices that `biomarker` makes.
  let judge: NetworkSpec?
  let size: (height: Int, width: Int)

  private var batch: Int { recipe.learning.batch }
  private var half: Int { batch / 2 }

  /// What the generator makes of a batch.
  private struct Made {
    /// Slices that should look normal, as many as the critic judges.
    let normal: Value
    /// Further terms of its loss.
    let loss: Value?
  }

  /// The slices for the critic to judge: an output of the generator alone.
  func fakes() throws -> Plan {
    var graph = Graph()
    let made = try make(&graph, withLoss: false)
    return try Plan(graph, outputs: [made.normal])
  }

  /// `mean D(made) - mean D(x0) + penalty * mean (|grad D| - 1)^2` between them, with its gradient for
  /// the critic; input "fake" besides.
  func criticPlan() throws -> LossPlan {
    var graph = Graph()
    let image = self.image(&graph)
    let count = fakeCount
    let fake = graph.input("fake", [count, 1, size.height, size.width])
    let real = try graph.add(Slice(axis: 0, start: half, count: half), image)
    let ofFake = try score(fake, &graph)
    let ofReal = try score(real, &graph)
    let between = try graph.add(Slice(axis: 0, start: 0, count: half), fake)
    let blend = try graph.randomBlend(real, between, random: graph.randomState())
    let norms = try graph.gradientNorms(of: score(blend, &graph), at: blend)
    let penalty = try graph.gradientPenalty(norms: norms, weight: Float(recipe.penalty))
    let distance = try graph.add(Subtract(), graph.mean(ofFake), graph.mean(ofReal))
    let loss = try graph.add(Add(), distance, penalty)
    return try LossPlan(&graph, loss: loss, of: recipe.critic)
  }

  /// The generator's loss with its gradient; the critic and the classifier stay as they are.
  func generatorPlan() throws -> LossPlan {
    var graph = Graph()
    let made = try make(&graph, withLoss: true)
    // The running averages that the weights follow are those of the generator.
    let opinion = try graph.mean(score(made.normal, &graph))
    var loss = try graph.add(Scale(Float(-recipe.adversarial)), opinion)
    if let own = made.loss { loss = try graph.add(Add(), loss, own) }
    if let judge, let weight = recipe.classification {
      let taps = try judge.apply(
        to: made.normal, in: &graph, prefix: Self.classifier, training: false)
      guard let logits = taps["logits"] else { throw TrainingError(.recipe) }
      let none = graph.constant(Tensor(zeros: graph.shape(of: logits)))
      let wrong = try graph.binaryCrossEntropy(logits: logits, targets: none)
      loss = try graph.add(Add(), loss, graph.add(Scale(Float(weight)), wrong))
    }
    return try LossPlan(
      &graph, loss: loss, of: network, excluding: [Self.critic, Self.classifier])
  }

  /// How many slices the critic judges.
  var fakeCount: Int {
    recipe.method == .decomposition && recipe.fakes ?? .all == .all ? batch : half
  }

  private func image(_ graph: inout Graph) -> Value {
    graph.input("image", [batch, 1, size.height, size.width])
  }

  private func score(_ x: Value, _ graph: inout Graph) throws -> Value {
    let taps = try recipe.critic.apply(to: x, in: &graph, prefix: Self.critic, training: true)
    guard let logits = taps["logits"] else { throw TrainingError(.recipe) }
    return logits
  }

  private func make(_ graph: inout Graph, withLoss: Bool) throws -> Made {
    let image = self.image(&graph)
    let lung = graph.input("lung", graph.shape(of: image))
    return recipe.method == .decomposition
      ? try decompose(image, lung, &graph, withLoss)
      : try rebuild(image, lung, &graph, withLoss)
  }

  /// Yang et al. 2021, equations 1 and 2.
  private func decompose(
    _ image: Value, _ lung: Value, _ graph: inout Graph, _ withLoss: Bool
  ) throws -> Made {
    let taps = try network.apply(to: image, in: &graph, training: true)
    guard let first = taps["normal"], let second = taps["lesion"] else {
      throw TrainingError(.recipe)
    }
    let normal = try graph.add(Multiply(), first, lung)
    var judged = normal
    if fakeCount < batch {
      judged = try graph.add(Slice(axis: 0, start: 0, count: half), normal)
    }
    guard withLoss else { return Made(normal: judged, loss: nil) }
    let whole = try graph.add(Add(), normal, graph.add(Multiply(), second, lung))
    let rebuilt = try distance(image, whole, lung, &graph)
    let rest = Slice(axis: 0, start: half, count: half)
    let faithful = try distance(
      graph.add(rest, image), graph.add(rest, normal), graph.add(rest, lung), &graph)
    return Made(
      normal: judged,
      loss: try graph.add(
        Add(), graph.add(Scale(Float(recipe.reconstruction)), rebuilt),
        graph.add(Scale(Float(recipe.normal ?? 0)), faithful)))
  }

  /// A slice with lesion and its normal twin: by adding a map, or rebuilt as a whole.
  private func rebuild(
    _ all: Value, _ lungs: Value, _ graph: inout Graph, _ withLoss: Bool
  ) throws -> Made {
    let lesions = Slice(axis: 0, start: 0, count: half)
    let image = try graph.add(lesions, all)
    let lung = try graph.add(lesions, lungs)
    let taps = try network.apply(to: image, in: &graph, training: true)
    guard let output = taps["logits"] else { throw TrainingError(.recipe) }
    let normal = try AdversarialMaps.normal(
      recipe.method, output: output, image: image, lung: lung, in: &graph)
    guard withLoss else { return Made(normal: normal, loss: nil) }
    let moved = try distance(image, normal, lung, &graph)
    return Made(
      normal: normal, loss: try graph.add(Scale(Float(recipe.reconstruction)), moved))
  }

  /// Mean over the lungs of `|a - b|`, or of its square.
  private func distance(
    _ a: Value, _ b: Value, _ lung: Value, _ graph: inout Graph
  ) throws -> Value {
    recipe.power == 2
      ? try graph.squaredError(a, b, weights: lung) : try graph.absoluteError(a, b, weights: lung)
  }
}
