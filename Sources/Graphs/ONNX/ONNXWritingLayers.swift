import Tensors

/// Layers in the terms of the standard.
extension ONNXExporter {
  /// Convolution and pooling; false for other operators, as each of these functions.
  mutating func window(
    _ op: any Operator, _ x: [String], _ shapes: [Shape], _ output: String
  ) -> Bool {
    switch op {
    case let op as Conv2d:
      append("Conv", x, op.window.attributes + [.int("group", op.groups)], to: output)
    case let op as Conv2dInputGradient:
      let extra = (2..<4).map { axis in
        let taps = op.window.dilation * (shapes[1][axis] - 1) + 1
        return op.shape[axis] - (shapes[0][axis] - 1) * op.window.stride
          + 2 * op.window.padding - taps
      }
      append(
        "ConvTranspose", x,
        op.window.attributes + [.int("group", op.groups), .ints("output_padding", extra)],
        to: output)
    case let op as MaxPool2d:
      append(
        "MaxPool", x, op.window.pooling(op.kernel) + [.int("ceil_mode", op.ceilMode ? 1 : 0)],
        to: output)
    case let op as AveragePool2d:
      append(
        "AveragePool", x,
        op.window.pooling(op.kernel) + [
          .int("ceil_mode", op.ceilMode ? 1 : 0),
          .int("count_include_pad", op.countIncludePad ? 1 : 0),
        ], to: output)
    case let op as AdaptiveAveragePool2d where op.height == 1 && op.width == 1:
      append("GlobalAveragePool", x, to: output)
    case let op as AdaptiveMaxPool2d where op.height == 1 && op.width == 1:
      append("GlobalMaxPool", x, to: output)
    default: return false
    }
    return true
  }

  /// Normalisation.
  mutating func statistics(
    _ op: any Operator, _ x: [String], _ shapes: [Shape], _ output: String
  ) -> Bool {
    switch op {
    case is BatchNormalize:
      let rows = (0..<2).map { row in
        let part = append(
          "Slice", [x[1], constant([row]), constant([row + 1]), constant([0])])
        return append("Reshape", [part, constant([shapes[1][1]])])
      }
      batchNormalization(op, [x[0], x[2], x[3]] + rows, output)
    case is BatchStatistics:
      let axes = Onnx_AttributeProto.ints("axes", [0] + Array(2..<shapes[0].rank))
      let mean = append("ReduceMean", x, [axes])
      let centred = append("Sub", [x[0], mean])
      let variance = append("ReduceMean", [append("Mul", [centred, centred])], [axes])
      let row = constant([1, shapes[0][1]])
      let rows = [mean, variance].map { append("Reshape", [$0, row]) }
      append("Concat", rows, [.int("axis", 0)], to: output)
    case let op as GroupNormalize: groupNormalization(op, x, shapes[0], output)
    default: return false
    }
    return true
  }

  /// As instance normalisation of one channel a group: the operator came with set 18.
  private mutating func groupNormalization(
    _ op: GroupNormalize, _ x: [String], _ shape: Shape, _ output: String
  ) {
    if op.groups == shape[1], shape.rank > 2 {
      append("InstanceNormalization", x, [.float("epsilon", op.epsilon)], to: output)
      return
    }
    let groups = [op.groups]
    let runs = [shape[0], op.groups, shape.count / shape[0] / op.groups]
    let one = constant(Tensor(Shape(groups), [Float](repeating: 1, count: op.groups)))
    let zero = constant(Tensor(zeros: Shape(groups)))
    let flat = append("Reshape", [x[0], constant(runs)])
    let normal = append(
      "InstanceNormalization", [flat, one, zero], [.float("epsilon", op.epsilon)])
    let back = append("Reshape", [normal, constant(shape.dims)])
    let channels = constant([shape[1]] + [Int](repeating: 1, count: shape.rank - 2))
    let scaled = append("Mul", [back, append("Reshape", [x[1], channels])])
    append("Add", [scaled, append("Reshape", [x[2], channels])], to: output)
  }

  /// Operands in the order of the standard: x, scale, bias, mean, variance.
  mutating func batchNormalization(
    _ op: any Operator, _ operands: [String], _ output: String
  ) {
    guard let op = op as? BatchNormalize else { return }
    append("BatchNormalization", operands, [.float("epsilon", op.epsilon)], to: output)
  }

  /// Resampling of planes.
  mutating func resizing(
    _ op: any Operator, _ x: [String], _ shapes: [Shape], _ output: String
  ) -> Bool {
    switch op {
    case let op as UpsampleNearest:
      let factor = Float(op.factor)
      let scales = constant(Tensor([4], [1, 1, factor, factor]))
      append("Resize", [x[0], "", scales], Self.nearest, to: output)
    case let op as ResizeNearest:
      // Runtimes divide in single precision, which may fall short of a whole number.
      let exact = zip(shapes[0].dims.suffix(2), [op.height, op.width]).allSatisfy { input, size in
        let scale = Float(size) / Float(input)
        return (0..<size).allSatisfy { Int(Float($0) / scale) == $0 * input / size }
      }
      guard exact else { return false }
      let sizes = constant([shapes[0][0], shapes[0][1], op.height, op.width])
      append("Resize", [x[0], "", "", sizes], Self.nearest, to: output)
    case let op as ResizeBilinear:
      let sizes = constant([shapes[0][0], shapes[0][1], op.height, op.width])
      let mode = op.alignCorners ? "align_corners" : "half_pixel"
      append(
        "Resize", [x[0], "", "", sizes],
        [.string("mode", "linear"), .string("coordinate_transformation_mode", mode)], to: output)
    default: return false
    }
    return true
  }

  private static let nearest: [Onnx_AttributeProto] = [
    .string("mode", "nearest"), .string("coordinate_transformation_mode", "asymmetric"),
    .string("nearest_mode", "floor"),
  ]
}

extension Window {
  fileprivate var attributes: [Onnx_AttributeProto] {
    [
      .ints("strides", [stride, stride]), .ints("dilations", [dilation, dilation]),
      .ints("pads", [padding, padding, padding, padding]),
    ]
  }

  fileprivate func pooling(_ kernel: Int) -> [Onnx_AttributeProto] {
    [
      .ints("kernel_shape", [kernel, kernel]), .ints("strides", [stride, stride]),
      .ints("pads", [padding, padding, padding, padding]),
    ]
  }
}
