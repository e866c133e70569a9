import Foundation
import Graphs
import Imaging
import Networks
import Tensors

/// Finds the lungs of frontal radiographs with a segmentation network ("lungs-radiograph").
package struct RadiographLungs: Sendable {
  package let preparation: ImagePreparation
  private let network: PlannedNetwork

  /// Throws `ModelError` or `GraphError` when network, weights and preparation do not fit.
  package init(
    network: NetworkSpec, parameters: Parameters, preparation: ImagePreparation
  ) throws {
    self.preparation = preparation
    self.network = try PlannedNetwork(
      network, parameters: parameters, inputSize: (preparation.height, preparation.width)
    ) { graph in
      guard let logits = graph.taps["logits"],
        graph.shape(of: logits) == [1, 1, preparation.height, preparation.width],
        network.inChannels == preparation.channels.count
      else { throw ModelError(.specification) }
      return [logits]
    }
  }

  /// - Parameters:
  ///   - image: density 0...1, any size.
  ///   - mirrored: true when the picture's left is the patient's left.
  /// - Returns: the lungs at the size of `image`, judged; never fails on a poor picture.
  package func segment(
    _ image: Image, mirrored: Bool = false, using workspace: Workspace
  ) throws -> LungMask {
    let prepared = preparation.prepare(image)
    let probability = try probabilities(of: prepared, using: workspace)
    let cell =
      prepared.region.width * prepared.region.height
      / Double(probability.pixels.count)
    let small = LungMask(
      cleaning: Mask(probability, atLeast: 0.5), mirrored: mirrored,
      frame: Int(Double(image.pixels.count) / cell))
    let left = small.left.map { enlarge($0, probability, prepared) }
    let right = small.right.map { enlarge($0, probability, prepared) }
    let none = Mask(width: image.width, height: image.height)
    return LungMask(
      left: left, right: right, combined: (left ?? none).union(right ?? none),
      quality: small.quality)
  }

  /// One cleaned lung at the film's resolution: its border runs where the enlarged probability
  /// crosses one half; filled holes count as lung, the other lung and crumbs as nothing.
  private func enlarge(_ lung: Mask, _ probability: Image, _ prepared: PreparedImage) -> Mask {
    var own = probability
    for index in own.pixels.indices {
      let value = own.pixels[index]
      own.pixels[index] = lung.bits[index] != 0 ? max(0.5, value) : (value < 0.5 ? value : 0)
    }
    return Mask(prepared.overSource(own), atLeast: 0.5)
  }

  /// Probability of lung at the network's resolution.
  package func probabilities(
    of prepared: PreparedImage, using workspace: Workspace
  ) throws -> Image {
    let logits = try network.run(
      Tensor(network.inputShape, prepared.channelValues), using: workspace)
    return Image(
      width: preparation.width, height: preparation.height,
      pixels: logits[0].values.map { 1 / (1 + Foundation.exp(-$0)) })
  }
}

extension RadiographLungs {
  /// From a model package of a segmentation network. Throws `ModelError`.
  package init(model: ModelPackage) throws {
    guard model.description.task == .segmentation else { throw ModelError(.specification) }
    try self.init(
      network: model.description.network, parameters: model.parameters,
      preparation: model.description.preparation)
  }
}
