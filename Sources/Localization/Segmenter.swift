import Graphs
import Imaging
import Networks
import Tensors

/// A segmentation network ready to run: where each cell of a prepared picture shows a label.
///
/// A value: any number of workers share one, each with a workspace of its own.
package struct Segmenter: Sendable {
  private let plans: MapPlans

  /// - Parameters:
  ///   - averaging: scales and mirror images that the probabilities are averaged over.
  ///   - label: index of the output.
  /// Throws `ModelError`, `GraphError` or `LocalizationError` when they do not fit together:
  /// `.task` for a network of one logit a picture.
  package init(
    network: NetworkSpec, parameters: Parameters, preparation: ImagePreparation,
    averaging: MapAveraging? = nil, label: Int = 0
  ) throws {
    guard network.inChannels == preparation.channels.count else {
      throw LocalizationError(.inputSize)
    }
    plans = try MapPlans(
      network, parameters: parameters, inputSize: (preparation.height, preparation.width),
      averaging: averaging
    ) { graph in
      guard let logits = graph.taps["logits"], graph.shape(of: logits).rank == 4 else {
        throw LocalizationError(.task)
      }
      let shape = graph.shape(of: logits)
      let plane = try Taps.pick(
        label, of: shape[1], from: logits, area: shape[2] * shape[3], in: &graph)
      return [try graph.add(Sigmoid(), graph.add(Reshape([shape[2], shape[3]]), plane))]
    }
  }

  /// The probability of the label in each cell, at the resolution of the network's logits or of
  /// the averaging. Throws `LocalizationError(.inputSize)` for a picture prepared otherwise.
  package func probabilities(
    of image: PreparedImage, using workspace: Workspace
  ) throws -> Image {
    try probabilities(of: image.channelValues, using: workspace)
  }

  func probabilities(of values: [Float], using workspace: Workspace) throws -> Image {
    guard values.count == plans.inputShape.count else { throw LocalizationError(.inputSize) }
    let first = try plans.run(values, using: workspace)[0]
    return try plans.averaged(from: first, of: values, using: workspace)
  }
}
