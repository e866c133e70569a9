import Graphs
import Imaging
import Networks
import Tensors

/// A segmentation network of several labels ready to run: one pass gives the plane of every label.
///
/// A value: any number of workers share one, each with a workspace of its own.
package struct LabelSegmenter: Sendable {
  private let network: PlannedNetwork

  /// Throws `ModelError`, `GraphError` or `LocalizationError` when they do not fit together: `.task`
  /// for a network of one logit a picture.
  package init(
    network: NetworkSpec, parameters: Parameters, preparation: ImagePreparation
  ) throws {
    guard network.inChannels == preparation.channels.count else {
      throw LocalizationError(.inputSize)
    }
    self.network = try PlannedNetwork(
      network, parameters: parameters, inputSize: (preparation.height, preparation.width)
    ) { graph in
      guard let logits = graph.taps["logits"], graph.shape(of: logits).rank == 4 else {
        throw LocalizationError(.task)
      }
      return [try graph.add(Sigmoid(), logits)]
    }
  }

  /// The probability of each label in each cell, at the resolution of the network's logits. Throws
  /// `LocalizationError(.inputSize)` for a picture prepared otherwise.
  package func probabilities(
    of image: PreparedImage, using workspace: Workspace
  ) throws -> [Image] {
    let values = image.channelValues
    guard values.count == network.inputShape.count else { throw LocalizationError(.inputSize) }
    let planes = try network.run(Tensor(network.inputShape, values), using: workspace)[0]
    let (height, width) = (planes.shape[2], planes.shape[3])
    let area = height * width
    return (0..<planes.shape[1]).map {
      Image(
        width: width, height: height, pixels: Array(planes.values[$0 * area..<($0 + 1) * area]))
    }
  }
}
