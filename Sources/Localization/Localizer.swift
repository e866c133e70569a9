import Graphs
import Imaging
import Tensors

/// A way to see where a network finds a label: an edit of its graph. What it adds runs in the same
/// plan as the network, so that one pass gives both the score and the map.
package protocol Localizer: Sendable {
  /// Stable: recorded with each finding and written in model packages.
  static var name: String { get }

  /// Adds the map of output `label` to a graph with the tap "logits" [1, outputs], built for one
  /// picture in inference form.
  ///
  /// `layer` is the tap [1, C, h, w] that the map is taken at; nil for the method's own choice,
  /// "features" where it does not say otherwise. Returns a value of two axes, rows and columns of
  /// the map, which covers the whole input. Throws `LocalizationError` `.noTap` or `.noHead`.
  static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value
}

extension Localizer {
  /// At the method's own layer.
  package static func map(of label: Int, in graph: inout Graph) throws -> Value {
    try map(of: label, at: nil, in: &graph)
  }
}

/// The localizers by their stable names.
package enum Localizers {
  package static let all: [any Localizer.Type] = [
    ClassActivationMap.self, GradientClassActivationMap.self, GradCAMPlusPlus.self,
    GradCAMPlusPlusEpsilon.self, GradCAMPlusPlusExponential.self, LayerActivationMap.self,
    FineActivationMap.self, NoduleActivationMap.self,
  ]

  /// nil for a name that no method bears.
  package static func named(_ name: String) -> (any Localizer.Type)? {
    all.first { $0.name == name }
  }
}

/// Class activation mapping (Zhou et al. 2016): `sum_k w[c, k] A_k` with the weights of the linear
/// layer behind the global mean, without its bias. The mean of the map plus the bias is the logit.
///
/// The layer is found by its place in the graph, not by a name. Throws `.noHead` where the logits
/// are not global mean and linear layer of the map itself.
package enum ClassActivationMap: Localizer {
  package static let name = "cam"

  package static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    let features = try Taps.layer(layer, of: graph)
    let shape = graph.shape(of: features)
    let head = try LinearHead(after: features, in: graph).weight
    let outputs = graph.shape(of: head)[0]
    guard (0..<outputs).contains(label) else { throw LocalizationError(.noHead) }
    let kernel = try graph.add(Reshape([outputs, shape[1], 1, 1]), head)
    let maps = try graph.add(Conv2d(), features, kernel)
    let map = try Taps.pick(
      label, of: outputs, from: maps, area: shape[2] * shape[3], in: &graph)
    return try graph.add(Reshape([shape[2], shape[3]]), map)
  }
}

/// Grad-CAM (Selvaraju et al. 2017): `relu(sum_k a_k A_k)`, `a_k` the mean over the map of the
/// gradient of the logit with respect to `A_k`.
package enum GradientClassActivationMap: Localizer {
  package static let name = "grad-cam"

  package static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    let layer = try Taps.layer(layer, of: graph)
    let weights = try weights(of: Taps.slope(of: label, at: layer, in: &graph), in: &graph)
    let shape = graph.shape(of: layer)
    let flat = try graph.add(Reshape([shape[1], shape[2] * shape[3]]), layer)
    let weighted = try graph.add(Multiply(), flat, weights)
    let map = try graph.add(Relu(), try graph.add(Sum(axes: [0]), weighted))
    return try graph.add(Reshape([shape[2], shape[3]]), map)
  }

  /// `a` [C, 1] of a gradient [1, C, h, w].
  package static func weights(of slope: Value, in graph: inout Graph) throws -> Value {
    let shape = graph.shape(of: slope)
    let area = shape[2] * shape[3]
    let flat = try graph.add(Reshape([shape[1], area]), slope)
    let sums = try graph.add(Sum(axes: [1]), flat)
    return try graph.add(Reshape([shape[1], 1]), graph.add(Scale(1 / Float(area)), sums))
  }
}

/// Why a map cannot be made of a model.
package struct LocalizationError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case noTap = "model-has-no-feature-map"
    case noHead = "model-has-no-linear-head"
    case noMap = "model-has-no-map"
    case unknownMethod = "map-method-unknown"
    case inputSize = "input-size-mismatch"
    case task = "model-task-mismatch"
    case settings = "method-settings"
    case values = "map-values-out-of-range"
  }

  package let code: Code

  package init(_ code: Code) { self.code = code }

  package var description: String { code.rawValue }
}
