import Graphs
import Tensors

extension ModelPackage {
  /// The network as scoring runs it, batch normalisation folded away; run it with
  /// `inferenceParameters`. Taps as in `NetworkSpec.build`.
  package func graph(batch: Int) throws -> Graph {
    let preparation = description.preparation
    return try description.network.buildFolded(
      batch: batch, inputSize: (preparation.height, preparation.width))
  }

  /// The parameters of `graph`, computed once per model.
  package func inferenceParameters() throws -> Parameters {
    try description.network.fold(parameters)
  }

  /// The logits of a batch [N, C, H, W], as scoring computes them.
  package func logits(_ image: Tensor, workspace: Workspace) throws -> Tensor {
    guard image.shape.rank == 4, image.shape[0] > 0 else { throw ModelError(.inputSize) }
    do {
      let graph = try graph(batch: image.shape[0])
      guard let logits = graph.taps["logits"] else { throw ModelError(.specification) }
      return try Plan(graph, outputs: [logits]).run(
        inputs: ["image": image], parameters: inferenceParameters(), workspace: workspace)[0]
    } catch is GraphError {
      throw ModelError(.inputSize)
    }
  }

  /// The same model with golden vectors made now from `image`.
  package func recordingGolden(_ image: Tensor, workspace: Workspace) throws -> ModelPackage {
    let golden = Golden(image: image, logits: try logits(image, workspace: workspace))
    return try ModelPackage(description, parameters: parameters, golden: golden)
  }

  /// Runs the golden vectors; throws `.golden` when there are none or a logit differs by more
  /// than one part in a thousand (and a thousandth).
  package func verify(workspace: Workspace) throws {
    guard let golden else { throw ModelError(.golden) }
    let ours = try logits(golden.image, workspace: workspace)
    guard ours.shape == golden.logits.shape else { throw ModelError(.golden) }
    for (index, pair) in zip(ours.values, golden.logits.values).enumerated() {
      guard abs(pair.0 - pair.1) <= 1e-3 * (1 + abs(pair.1)) else {
        throw ModelError(.golden, at: index)
      }
    }
  }
}
