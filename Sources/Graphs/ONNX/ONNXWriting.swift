import Tensors

/// Each operator in the terms of the standard.
extension ONNXExporter {
  /// Operators that the standard has under another name only.
  private static let plain: [String: String] = [
    Add.name: "Add", Subtract.name: "Sub", Multiply.name: "Mul", Divide.name: "Div",
    Maximum.name: "Max", Minimum.name: "Min", Exp.name: "Exp", Log.name: "Log", Abs.name: "Abs",
    Relu.name: "Relu", Sigmoid.name: "Sigmoid", Softplus.name: "Softplus", Tanh.name: "Tanh",
    SquareRoot.name: "Sqrt", Sign.name: "Sign", Detach.name: "Identity",
  ]

  /// Writes the node of `value`; nothing for inputs and parameters.
  mutating func write(_ value: Value) throws {
    switch graph.nodes[value.index].source {
    case .input, .parameter: return
    case .constant(let tensor): _ = constant(tensor, to: name(of: value))
    case .operation(let op, let inputs):
      let output = name(of: value)
      if op is BatchNormalize, let rows = Self.rows(graph, inputs[1]) {
        let operands = [inputs[0], inputs[2], inputs[3], rows.mean, rows.variance]
        return batchNormalization(op, operands.map { name(of: $0) }, output)
      }
      let operands = inputs.map { name(of: $0) }
      let shapes = inputs.map { graph.shape(of: $0) }
      if let standard = Self.plain[type(of: op).name] {
        append(standard, operands, to: output)
        return
      }
      let done =
        number(op, operands, shapes, output) || window(op, operands, shapes, output)
        || shaping(op, operands, shapes, output) || selecting(op, operands, output)
        || statistics(op, operands, shapes, output) || resizing(op, operands, shapes, output)
      guard done else {
        throw ONNXError(.inexpressible, at: .node(value.index), name: type(of: op).name)
      }
    }
  }

  /// Operators with numbers as attributes.
  private mutating func number(
    _ op: any Operator, _ x: [String], _ shapes: [Shape], _ output: String
  ) -> Bool {
    switch op {
    case let op as Scale: append("Mul", [x[0], constant(Tensor(scalar: op.factor))], to: output)
    case let op as Offset: append("Add", [x[0], constant(Tensor(scalar: op.amount))], to: output)
    case let op as Power: append("Pow", [x[0], constant(Tensor(scalar: op.exponent))], to: output)
    case let op as Clip:
      let low = constant(Tensor(scalar: op.min))
      append("Clip", [x[0], low, constant(Tensor(scalar: op.max))], to: output)
    case let op as LeakyRelu:
      append("LeakyRelu", x, [.float("alpha", op.slope)], to: output)
    case is Square: append("Mul", [x[0], x[0]], to: output)
    case is LogSoftmax: append("LogSoftmax", x, [.int("axis", 1)], to: output)
    case let op as MatMul where shapes[0].rank == 3:
      let left = op.transposeLeft ? append("Transpose", [x[0]], [.ints("perm", [0, 2, 1])]) : x[0]
      let right =
        op.transposeRight ? append("Transpose", [x[1]], [.ints("perm", [0, 2, 1])]) : x[1]
      append("MatMul", [left, right], to: output)
    case let op as MatMul:
      append(
        "Gemm", x,
        [.int("transA", op.transposeLeft ? 1 : 0), .int("transB", op.transposeRight ? 1 : 0)],
        to: output)
    default: return false
    }
    return true
  }

  /// Operators that move elements or take them together.
  private mutating func shaping(
    _ op: any Operator, _ x: [String], _ shapes: [Shape], _ output: String
  ) -> Bool {
    switch op {
    case let op as Reshape: append("Reshape", [x[0], constant(op.shape.dims)], to: output)
    case let op as BroadcastTo: append("Expand", [x[0], constant(op.shape.dims)], to: output)
    case let op as Permute: append("Transpose", x, [.ints("perm", op.order)], to: output)
    case let op as Concat: append("Concat", x, [.int("axis", op.axis)], to: output)
    case let op as Sum where op.axes.isEmpty: append("Identity", x, to: output)
    case let op as Sum:
      append("ReduceSum", [x[0], constant(op.axes)], [.int("keepdims", 0)], to: output)
    case let op as Slice:
      let ends = constant([op.start + op.count])
      append("Slice", [x[0], constant([op.start]), ends, constant([op.axis])], to: output)
    case let op as Flip:
      let (first, end) = (constant([-1]), constant([Int.min]))
      append("Slice", [x[0], first, end, constant([op.axis]), first], to: output)
    case let op as Gather:
      append("Gather", [x[0], constant(op.indices)], [.int("axis", op.axis)], to: output)
    case let op as MaxOverAxis:
      append("ReduceMax", x, [.ints("axes", [op.axis]), .int("keepdims", 0)], to: output)
    case let op as Embed:
      var pads = [Int](repeating: 0, count: 2 * shapes[0].rank)
      pads[op.axis] = op.start
      pads[op.axis + shapes[0].rank] = op.total - op.start - shapes[0][op.axis]
      let fill = op.value == 0 ? [] : [constant(Tensor(scalar: op.value))]
      append("Pad", [x[0], constant(pads)] + fill, to: output)
    default: return false
    }
    return true
  }

  /// Operators that choose between values by a sign or a mask.
  private mutating func selecting(_ op: any Operator, _ x: [String], _ output: String) -> Bool {
    switch op {
    case let op as RectifierGradient:
      let positive = append("Greater", [x[0], constant(Tensor(scalar: 0))])
      let small = append("Mul", [x[1], constant(Tensor(scalar: op.slope))])
      append("Where", [positive, x[1], small], to: output)
    case is Where:
      append("Where", [append("Cast", [x[0]], [.int("to", 9)]), x[1], x[2]], to: output)
    case is Less:
      append("Cast", [append("Less", x)], [.int("to", 1)], to: output)
    default: return false
    }
    return true
  }
}
