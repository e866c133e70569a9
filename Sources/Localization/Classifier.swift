import Foundation
import Graphs
import Imaging
import Networks
import Tensors

/// What a network says of one picture.
package struct Reading: Sendable {
  /// One a label, in the model's order, before calibration.
  package let logits: [Double]
  /// Where the label was seen; nil when no map was asked for.
  package let heatmap: Heatmap?
}

/// A classification network ready to run: one plan for one picture that gives logits and, with a
/// localizer, the map of a label in the same pass. Where a model has a segmentation network, that
/// draws the map instead; where it cuts out nodules, the map is 1 there and 0 elsewhere.
///
/// A value: any number of workers share one, each with a workspace of its own.
package struct Classifier: Sendable {
  package let preparation: ImagePreparation
  private let network: MapPlans
  private let mapName: String?
  private var segmenter: Segmenter?
  private var nodules: NoduleFinder?

  /// - Parameters:
  ///   - map: how the map is made; nil for scores alone.
  ///   - label: index of the output the map is for.
  /// Throws `ModelError`, `GraphError` or `LocalizationError` when they do not fit together.
  package init(
    network: NetworkSpec, parameters: Parameters, preparation: ImagePreparation,
    map method: MapMethod?, label: Int = 0
  ) throws {
    guard network.inChannels == preparation.channels.count else {
      throw LocalizationError(.inputSize)
    }
    self.preparation = preparation
    self.network = try MapPlans(
      network, parameters: parameters, inputSize: (preparation.height, preparation.width),
      averaging: method?.averaging
    ) { graph in
      guard let logits = graph.taps["logits"], graph.shape(of: logits).rank == 2 else {
        throw LocalizationError(.task)
      }
      guard let method else { return [logits] }
      let map = try method.localizer.map(of: label, at: method.layer, in: &graph)
      guard graph.shape(of: map).rank == 2 else { throw LocalizationError(.noTap) }
      return [logits, map]
    }
    mapName = method?.localizer.name
  }

  /// Runs the network on one prepared picture.
  ///
  /// `wanted` says from the logits whether the map is worth its time; where it says no, the
  /// reading has none. Throws `LocalizationError(.inputSize)` for a picture prepared otherwise.
  package func read(
    _ image: PreparedImage, mapIf wanted: ([Double]) -> Bool = { _ in true },
    using workspace: Workspace
  ) throws -> Reading {
    let values = image.channelValues
    guard values.count == network.inputShape.count else { throw LocalizationError(.inputSize) }
    let results = try network.run(values, using: workspace)
    let logits = results[0].values.map(Double.init)
    guard wanted(logits) else { return Reading(logits: logits, heatmap: nil) }
    var map: Heatmap?
    if let segmenter {
      map = Heatmap(
        image: try segmenter.probabilities(of: values, using: workspace),
        method: ModelDescription.Segmentation.method)
    } else if let nodules {
      let mask = try nodules.nodules(in: image, using: workspace)
        .fine(width: image.base.width, height: image.base.height)
      map = Heatmap(image: mask.image, method: ModelDescription.Nodules.method)
    } else if let mapName {
      map = Heatmap(
        image: try network.averaged(from: results[1], of: values, using: workspace),
        method: mapName)
    }
    return Reading(logits: logits, heatmap: map)
  }
}

extension Classifier {
  /// With the plain map of a localizer, at its own layer.
  package init(
    network: NetworkSpec, parameters: Parameters, preparation: ImagePreparation,
    localizer: (any Localizer.Type)? = nil, label: Int = 0
  ) throws {
    try self.init(
      network: network, parameters: parameters, preparation: preparation,
      map: localizer.map { MapMethod($0) }, label: label)
  }

  /// From a model package, with the map that is shown of it: by its segmentation network, else by
  /// the localizer it names. Throws as the other initializers, `.unknownMethod` for a localizer
  /// that there is not.
  package init(model: ModelPackage, label: Int = 0) throws {
    let description = model.description
    guard description.task == .classification else { throw LocalizationError(.task) }
    let isDrawn = description.segmentation != nil || description.nodules != nil
    let method = isDrawn ? nil : try description.map.map(MapMethod.init)
    try self.init(
      network: description.network, parameters: model.parameters,
      preparation: description.preparation, map: method, label: label)
    if let section = description.nodules {
      nodules = try NoduleFinder(
        network: description.network, parameters: model.parameters, finer: model.second,
        settings: section, preparation: preparation)
    }
    guard let section = description.segmentation, let weights = model.second else { return }
    segmenter = try Segmenter(
      network: section.network, parameters: weights, preparation: preparation,
      averaging: section.averaging, label: label)
  }
}
