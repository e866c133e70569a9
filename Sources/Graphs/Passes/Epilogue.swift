import Tensors

/// An operator that ends in a function of each element, so that a rectifier can move into it.
protocol Epilogue: Operator {
  var activation: Activation { get }

  /// The same with another function at its end.
  func ending(in activation: Activation) -> any Epilogue
}

/// An operator that ends in `activation(... + residual)`; the residual is its last input.
protocol ResidualEpilogue: Epilogue {
  var hasResidual: Bool { get }

  /// The same with a residual as one more input.
  func addingResidual() -> any ResidualEpilogue
}

extension FusedConv2d: ResidualEpilogue {
  func ending(in activation: Activation) -> any Epilogue {
    FusedConv2d(
      window: window, groups: groups, hasInputAffine: hasInputAffine, hasBias: hasBias,
      hasResidual: hasResidual, activation: activation)
  }

  func addingResidual() -> any ResidualEpilogue {
    FusedConv2d(
      window: window, groups: groups, hasInputAffine: hasInputAffine, hasBias: hasBias,
      hasResidual: true, activation: activation)
  }
}

extension FusedBatchNormalize: ResidualEpilogue {
  func ending(in activation: Activation) -> any Epilogue {
    FusedBatchNormalize(epsilon: epsilon, hasResidual: hasResidual, activation: activation)
  }

  func addingResidual() -> any ResidualEpilogue {
    FusedBatchNormalize(epsilon: epsilon, hasResidual: true, activation: activation)
  }
}

extension FusedScaleAdd: ResidualEpilogue {
  func ending(in activation: Activation) -> any Epilogue {
    FusedScaleAdd(hasResidual: hasResidual, activation: activation)
  }

  func addingResidual() -> any ResidualEpilogue {
    FusedScaleAdd(hasResidual: true, activation: activation)
  }
}

extension ChannelAffine: Epilogue {
  func ending(in activation: Activation) -> any Epilogue { ChannelAffine(activation: activation) }
}

extension Rewriting {
  /// The node of `value` as a fused operator that nothing has been fused to yet: its inputs are
  /// those of the node. Nil for what has no fused form.
  ///
  /// A convolution needs a weight and a bias that are known before a run, so that an executor may
  /// pack them once.
  func epilogue(of value: Value) -> (any Epilogue)? {
    switch source.op(of: value) {
    case let op as any Epilogue: return op
    case let op as Conv2d:
      let inputs = source.inputs(of: value)
      guard inputs.dropFirst().allSatisfy({ parameterOnly[$0.index] }) else { return nil }
      return FusedConv2d(window: op.window, groups: op.groups, hasBias: inputs.count == 3)
    case let op as BatchNormalize: return FusedBatchNormalize(epsilon: op.epsilon)
    default: return nil
    }
  }

  /// The same as a convolution.
  func convolution(_ value: Value) -> FusedConv2d? { epilogue(of: value) as? FusedConv2d }
}
