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
  private let plan: Plan
  private let parameters: Parameters
  private let inputShape: Shape
  private let mapName: String?
  private let mapSize: (width: Int, height: Int)

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
    // The graph that golden vectors verify: batch normalisation folded away.
    var graph = try network.buildFolded(
      batch: 1, inputSize: (preparation.height, preparation.width))
    guard let logits = graph.taps["logits"], graph.shape(of: logits).rank == 2 else {
      throw LocalizationError(.task)
    }
    var outputs = [logits]
    var size = (width: 0, height: 0)
    if let localizer {
      let map = try localizer.map(of: label, in: &graph)
      let shape = graph.shape(of: map)
      guard shape.rank == 2 else { throw LocalizationError(.noTap) }
      size = (shape[1], shape[0])
      outputs.append(map)
    }
    self.preparation = preparation
    self.parameters = try network.fold(parameters)
    plan = try Plan(graph, outputs: outputs)
    inputShape = [1, network.inChannels, preparation.height, preparation.width]
    mapName = localizer.map { $0.name }
    mapSize = size
  }

  /// Bytes of intermediate tensors at the worst moment of a run.
  package var peakBytes: Int { plan.peakBytes }

  /// Runs the network on one prepared picture.
  package func read(_ image: PreparedImage, using workspace: Workspace) throws -> Reading {
    let values = image.channelValues
    guard values.count == inputShape.count else { throw LocalizationError(.inputSize) }
    let results = try plan.run(
      inputs: ["image": Tensor(inputShape, values)], parameters: parameters, workspace: workspace)
    let map = mapName.map { name in
      Heatmap(
        image: Image(width: mapSize.width, height: mapSize.height, pixels: results[1].values),
        method: name)
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
