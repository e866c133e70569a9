import Foundation
import Graphs
import Imaging
import Networks
import Tensors

/// What a network says of one picture.
package struct Reading: Sendable {
  /// One a label, in the model's order, before calibration.
  package let logits: [Double]
  /// Where the first label was seen; nil when no localizer was asked for.
  package let heatmap: Heatmap?
}

/// A classification network ready to run: one plan for one picture that gives logits and, with a
/// localizer, the map of a label in the same pass.
package struct Classifier: Sendable {
  package let preparation: ImagePreparation
  private let network: PlannedNetwork
  private let mapName: String?

  /// - Parameters:
  ///   - localizer: the method of the map; nil for scores alone.
  ///   - label: index of the output the map is for.
  /// Throws `ModelError`, `GraphError` or `LocalizationError` when they do not fit together.
  package init(
    network: NetworkSpec, parameters: Parameters, preparation: ImagePreparation,
    localizer: (any Localizer.Type)? = nil, label: Int = 0
  ) throws {
    guard network.inChannels == preparation.channels.count else {
      throw LocalizationError(.inputSize)
    }
    self.preparation = preparation
    self.network = try PlannedNetwork(
      network, parameters: parameters, inputSize: (preparation.height, preparation.width)
    ) { graph in
      guard let logits = graph.taps["logits"], graph.shape(of: logits).rank == 2 else {
        throw LocalizationError(.task)
      }
      guard let localizer else { return [logits] }
      let map = try localizer.map(of: label, in: &graph)
      guard graph.shape(of: map).rank == 2 else { throw LocalizationError(.noTap) }
      return [logits, map]
    }
    mapName = localizer.map { $0.name }
  }

  /// Runs the network on one prepared picture.
  package func read(_ image: PreparedImage, using workspace: Workspace) throws -> Reading {
    let values = image.channelValues
    let shape = network.inputShape
    guard values.count == shape.count else { throw LocalizationError(.inputSize) }
    let results = try network.run(Tensor(shape, values), using: workspace)
    let map = mapName.map { name in
      let map = results[1]
      return Heatmap(
        image: Image(width: map.shape[1], height: map.shape[0], pixels: map.values), method: name)
    }
    return Reading(logits: results[0].values.map(Double.init), heatmap: map)
  }
}

extension Classifier {
  /// From a model package, with the localizer it names. Throws as the other initializer.
  package init(model: ModelPackage, label: Int = 0) throws {
    guard model.description.task == .classification else { throw LocalizationError(.task) }
    let method = model.description.map?.method
    let localizer = method.flatMap(Localizers.named)
    guard method == nil || localizer != nil else { throw LocalizationError(.unknownMethod) }
    try self.init(
      network: model.description.network, parameters: model.parameters,
      preparation: model.description.preparation, localizer: localizer, label: label)
  }
}
