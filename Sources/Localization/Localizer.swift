import Graphs
import Imaging
import Tensors

/// A way to see where a network finds a label: an edit of its graph. What it adds runs in the same
/// plan as the network, so that one pass gives both the score and the map.
package protocol Localizer: Sendable {
  /// Stable: recorded with each finding and written in model packages.
  static var name: String { get }

  /// Adds the map of output `label` to a graph with the taps "features" [1, C, h, w] and "logits"
  /// [1, outputs], built for one picture in inference form. Returns a value of two axes, rows and
  /// columns of the map, which covers the whole input.
  static func map(of label: Int, in graph: inout Graph) throws -> Value
}

/// The localizers by their stable names.
package enum Localizers {
  package static let all: [any Localizer.Type] = [
    ClassActivationMap.self, GradientClassActivationMap.self, LayerActivationMap.self,
    FineActivationMap.self,
  ]

  /// nil for a name that no method bears.
  package static func named(_ name: String) -> (any Localizer.Type)? {
    all.first { $0.name == name }
  }
}

/// Class activation mapping (Zhou et al. 2016): `sum_k w[c, k] A_k` with the weights of the linear
/// layer behind the global mean, without its bias. The mean of the map plus the bias is the logit.
package enum ClassActivationMap: Localizer {
  package static let name = "cam"

  package static func map(of label: Int, in graph: inout Graph) throws -> Value {
    let features = try Taps.features(of: graph)
    let shape = graph.shape(of: features)
    guard let head = graph.parameters.first(where: { $0.name == "head.weight" })?.value,
      (0..<graph.shape(of: head)[0]).contains(label)
    else { throw LocalizationError(.noHead) }
    let outputs = graph.shape(of: head)[0]
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

  package static func map(of label: Int, in graph: inout Graph) throws -> Value {
    let features = try Taps.features(of: graph)
    guard let logits = graph.taps["logits"] else { throw LocalizationError(.noTap) }
    let shape = graph.shape(of: features)
    let outputs = graph.shape(of: logits)[1]
    let logit = try Taps.pick(label, of: outputs, from: logits, area: 1, in: &graph)
    let scalar = try graph.add(Sum(axes: [0]), logit)
    guard let slope = try graph.gradient(of: scalar, withRespectTo: [features]).first else {
      throw LocalizationError(.noTap)
    }
    let area = shape[2] * shape[3]
    let flatSlope = try graph.add(Reshape([shape[1], area]), slope)
    let flatFeatures = try graph.add(Reshape([shape[1], area]), features)
    let weights = try graph.add(
      Scale(1 / Float(area)), try graph.add(Sum(axes: [1]), flatSlope))
    let column = try graph.add(Reshape([shape[1], 1]), weights)
    let weighted = try graph.add(Multiply(), flatFeatures, column)
    let map = try graph.add(Relu(), try graph.add(Sum(axes: [0]), weighted))
    return try graph.add(Reshape([shape[2], shape[3]]), map)
  }
}

enum Taps {
  static func features(of graph: Graph) throws -> Value {
    guard let features = graph.taps["features"], graph.shape(of: features).rank == 4,
      graph.shape(of: features)[0] == 1
    else { throw LocalizationError(.noTap) }
    return features
  }

  /// Row `label` of a value seen as `[outputs, area]`.
  static func pick(
    _ label: Int, of outputs: Int, from value: Value, area: Int, in graph: inout Graph
  ) throws -> Value {
    guard (0..<outputs).contains(label) else { throw LocalizationError(.noHead) }
    var choice = [Float](repeating: 0, count: outputs)
    choice[label] = 1
    let rows = try graph.add(Reshape([outputs, area]), value)
    let mask = graph.constant(Tensor([outputs, 1], choice))
    return try graph.add(Sum(axes: [0]), try graph.add(Multiply(), rows, mask))
  }
}

/// Why a map cannot be made of a model.
package struct LocalizationError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case noTap = "model-has-no-feature-map"
    case noHead = "model-has-no-linear-head"
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
