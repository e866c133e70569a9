/// The function at the end of a fused operator.
package enum Activation: Hashable, Sendable, CustomStringConvertible {
  /// The identity.
  case none
  /// `max(x, 0)`.
  case relu
  /// `x` where positive, else the slope times it.
  case leakyRelu(Float)

  /// As printed in graphs: "none", "relu", "leaky_relu(0.2)".
  package var description: String {
    switch self {
    case .none: "none"
    case .relu: "relu"
    case .leakyRelu(let slope): "leaky_relu(\(slope))"
    }
  }

  /// The factor of negative elements, nil for the identity.
  package var slope: Float? {
    switch self {
    case .none: nil
    case .relu: 0
    case .leakyRelu(let slope): slope
    }
  }

  /// Every element of `x` through the function.
  package func apply(_ x: Tensor, _ workspace: Workspace) -> Tensor {
    guard let slope else { return x }
    return Elementwise.apply(.rectify(slope: slope), x, workspace)
  }
}
