import Tensors

extension Broadcast {
  /// The shape rule of an operator of two inputs that broadcasts.
  static func shape(of inputs: [Shape]) throws -> Shape {
    guard inputs.count == 2 else { throw GraphError(.inputCount) }
    guard let form = Broadcast(inputs[0], inputs[1]) else { throw GraphError(.shape) }
    return form.shape
  }
}

extension Graph {
  /// Sums a gradient over the axes along which `value` was repeated by broadcasting.
  mutating func reduce(_ gradient: Value, toShapeOf value: Value) throws -> Value {
    let from = shape(of: gradient)
    let to = shape(of: value)
    if from == to { return gradient }
    let lead = from.rank - to.rank
    let axes = from.dims.indices.filter {
      $0 < lead || (to[$0 - lead] == 1 && from[$0] != 1)
    }
    let sum = axes.isEmpty ? gradient : try add(Sum(axes: axes), gradient)
    return shape(of: sum) == to ? sum : try add(Reshape(to), sum)
  }
}
