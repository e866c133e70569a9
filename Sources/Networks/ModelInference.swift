import Graphs
import Tensors

extension ModelPackage {
  /// The network for `batch` pictures at a time, with the one output "logits". Throws `ModelError`.
  package func planned(batch: Int) throws -> PlannedNetwork {
    try planned(description.network, parameters, batch: batch)
  }

  private func planned(
    _ network: NetworkSpec, _ parameters: Parameters, batch: Int
  ) throws -> PlannedNetwork {
    let preparation = description.preparation
    return try PlannedNetwork(
      network, parameters: parameters, batch: batch,
      inputSize: (preparation.height, preparation.width)
    ) { graph in
      guard let logits = graph.taps["logits"] else { throw ModelError(.specification) }
      return [logits]
    }
  }

  /// The same model with golden vectors made now from `image`, of both networks where it has two.
  package func recordingGolden(_ image: Tensor, workspace: Workspace) throws -> ModelPackage {
    let golden = Golden(
      image: image, logits: try logits(image, workspace),
      secondLogits: try secondLogits(image, workspace))
    return try ModelPackage(
      description, parameters: parameters, second: second, golden: golden)
  }

  /// Runs the golden vectors; throws `.golden` when there are none, for either network, or a
  /// logit differs by more than one part in a thousand (and a thousandth).
  package func verify(workspace: Workspace) throws {
    guard let golden else { throw ModelError(.golden) }
    try Self.compare(logits(golden.image, workspace), golden.logits)
    guard let ours = try secondLogits(golden.image, workspace) else { return }
    guard let theirs = golden.secondLogits else { throw ModelError(.golden) }
    try Self.compare(ours, theirs)
  }

  private static func compare(_ ours: Tensor, _ theirs: Tensor) throws {
    guard ours.shape == theirs.shape else { throw ModelError(.golden) }
    for (index, pair) in zip(ours.values, theirs.values).enumerated() {
      guard abs(pair.0 - pair.1) <= 1e-3 * (1 + abs(pair.1)) else {
        throw ModelError(.golden, at: index)
      }
    }
  }

  /// The logits of one batch [N, C, H, W], as scoring computes them.
  private func logits(_ image: Tensor, _ workspace: Workspace) throws -> Tensor {
    guard image.shape.rank == 4 else { throw ModelError(.inputSize) }
    return try planned(batch: image.shape[0]).run(image, using: workspace)[0]
  }

  /// Those of the second network, nil when there is none.
  private func secondLogits(_ image: Tensor, _ workspace: Workspace) throws -> Tensor? {
    guard let own = description.second, let second else { return nil }
    guard image.shape.rank == 4 else { throw ModelError(.inputSize) }
    return try planned(own.network, second, batch: image.shape[0])
      .run(image, using: workspace)[0]
  }
}
