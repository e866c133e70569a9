import Graphs
import Tensors

/// Grad-CAM++ (Chattopadhay et al. 2018) in closed form: `relu(sum_k w_k A_k)` with
/// `w_k = exp(y) sum_ij alpha relu(g)` and `alpha = g^2 / (2 g^2 + S_k g^3)`, `S_k` the sum of
/// `A_k` over the map, `g` the gradient of the logit `y`; `alpha` is 0 where its denominator is.
///
/// `exp(y)` is the score whose derivatives the paper takes. It scales the map as a whole, so that
/// it matters for a threshold in the map's own unit alone.
package enum GradCAMPlusPlus: Localizer {
  package static let name = "grad-cam++"

  package static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    try PlusPlusForm.closed.map(of: label, at: layer, in: &graph)
  }
}

/// Grad-CAM++ as pytorch-grad-cam computes it: without `exp(y)`, 1e-6 added to the denominator;
/// the map less its least value, over the rest's largest plus 1e-7.
package enum GradCAMPlusPlusEpsilon: Localizer {
  package static let name = "grad-cam++-eps"

  package static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    let map = try PlusPlusForm.epsilon.map(of: label, at: layer, in: &graph)
    return try PlusPlusForm.stretched(map, in: &graph)
  }
}

/// Grad-CAM++ as the code of Viniavskyi et al. computes it: the gradients of `exp(y)` inside
/// `alpha` too, the sum over the product `A g^3` in place of the product with the sum, 1e-8 added
/// to the denominator; negative values of the map stay.
package enum GradCAMPlusPlusExponential: Localizer {
  package static let name = "grad-cam++-exp"

  package static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    try PlusPlusForm.exponential.map(of: label, at: layer, in: &graph)
  }
}

/// The three forms of the weights of Grad-CAM++.
package enum PlusPlusForm: Sendable {
  case closed
  case epsilon
  case exponential

  /// Logits count within so much of 0, so that the cube of their exponential is a finite float.
  package static let logitBound: Float = 20

  /// The map, before any stretching.
  func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    let layer = try Taps.layer(layer, of: graph)
    var slope = try Taps.slope(of: label, at: layer, in: &graph)
    let logit = try Taps.logit(label, in: &graph)
    let bounded = try graph.add(Clip(min: -Self.logitBound, max: Self.logitBound), logit)
    let score = try graph.add(Exp(), bounded)
    if self == .exponential { slope = try graph.add(Multiply(), slope, score) }
    var weights = try weights(slope: slope, activations: layer, in: &graph)
    if self == .closed { weights = try graph.add(Multiply(), weights, score) }
    let shape = graph.shape(of: layer)
    let weighted = try graph.add(Multiply(), layer, weights)
    let map = try graph.add(
      Reshape([shape[2], shape[3]]), graph.add(Sum(axes: [1]), weighted))
    return self == .exponential ? map : try graph.add(Relu(), map)
  }

  /// `sum_ij alpha relu(slope)` [1, C, 1, 1].
  package func weights(
    slope: Value, activations: Value, in graph: inout Graph
  ) throws -> Value {
    let alpha = try alpha(slope: slope, activations: activations, in: &graph)
    let parts = try graph.add(Multiply(), alpha, graph.add(Relu(), slope))
    return try Self.planeSum(parts, in: &graph)
  }

  /// The share of each cell, [1, C, h, w] as both arguments.
  package func alpha(
    slope: Value, activations: Value, in graph: inout Graph
  ) throws -> Value {
    let square = try graph.add(Square(), slope)
    let zero = graph.constant(0)
    switch self {
    case .closed:
      // Over g^2, which small gradients would lose to underflow: 1 / (2 + S g).
      let sum = try Self.planeSum(activations, in: &graph)
      let below = try graph.add(Offset(2), graph.add(Multiply(), slope, sum))
      let share = try graph.add(Divide(), graph.constant(1), below)
      let finite = try graph.add(Where(), below, share, zero)
      return try graph.add(Where(), slope, finite, zero)
    case .epsilon:
      let cube = try graph.add(Multiply(), square, slope)
      let third = try graph.add(
        Multiply(), cube, Self.planeSum(activations, in: &graph))
      let share = try Self.ratio(square, third, epsilon: 1e-6, in: &graph)
      return try graph.add(Where(), slope, share, zero)
    case .exponential:
      let cube = try graph.add(Multiply(), square, slope)
      let third = try Self.planeSum(
        graph.add(Multiply(), cube, activations), in: &graph)
      return try Self.ratio(square, third, epsilon: 1e-8, in: &graph)
    }
  }

  /// `(map - least) / (1e-7 + largest of that)`, of a map with two axes.
  package static func stretched(_ map: Value, in graph: inout Graph) throws -> Value {
    let shape = graph.shape(of: map)
    let flat = try graph.add(Reshape([shape.count]), map)
    let least = try graph.add(
      Scale(-1), graph.add(MaxOverAxis(axis: 0), graph.add(Scale(-1), flat)))
    let lifted = try graph.add(Subtract(), flat, least)
    let top = try graph.add(Offset(1e-7), graph.add(MaxOverAxis(axis: 0), lifted))
    return try graph.add(Reshape(shape), graph.add(Divide(), lifted, top))
  }

  private static func ratio(
    _ square: Value, _ third: Value, epsilon: Float, in graph: inout Graph
  ) throws -> Value {
    let below = try graph.add(Add(), graph.add(Scale(2), square), third)
    return try graph.add(Divide(), square, graph.add(Offset(epsilon), below))
  }

  private static func planeSum(_ x: Value, in graph: inout Graph) throws -> Value {
    let shape = graph.shape(of: x)
    return try graph.add(
      Reshape([shape[0], shape[1], 1, 1]), graph.add(Sum(axes: [2, 3]), x))
  }
}
