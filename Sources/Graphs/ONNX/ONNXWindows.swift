import Tensors

/// Convolution and pooling.
extension ONNXImporter {
  static let windows: [String: Handler] = [
    "Conv": { try $0.convolution(&$1) },
    "ConvTranspose": { try $0.transposedConvolution(&$1) },
    "MaxPool": { try $0.maxPool(&$1) },
    "AveragePool": { try $0.averagePool(&$1) },
    "GlobalAveragePool": { try $0.globalAverage(&$1) },
    "GlobalMaxPool": { try $0.globalMaximum(&$1) },
  ]

  /// The attributes that convolution and pooling share.
  private struct Form {
    var stride = 1
    var dilation = 1
    /// Top, left, bottom, right.
    var pads = [0, 0, 0, 0]

    /// The padding when it is the same on all sides.
    var padding: Int? { pads.allSatisfy { $0 == pads[0] } ? pads[0] : nil }
  }

  /// Reads the attributes for planes of `input` under `kernel` taps.
  private func form(
    _ node: inout ONNXNode, _ input: Shape, kernel: [Int]
  ) throws -> Form {
    guard input.rank == 4 else { throw node.error(.shape, nil, input.dims) }
    var form = Form()
    form.stride = try square(&node, "strides")
    form.dilation = try square(&node, "dilations")
    let pads = try node.ints("pads")
    let modes = ["NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER"]
    let mode = try node.string("auto_pad", default: "NOTSET", of: modes)
    if mode.hasPrefix("SAME") {
      let free = (0..<2).map { i in
        let extent = input[2 + i]
        let steps = (extent + form.stride - 1) / form.stride - 1
        return max(steps * form.stride + form.dilation * (kernel[i] - 1) + 1 - extent, 0)
      }
      let small = free.map { $0 / 2 }
      let large = zip(free, small).map { $0 - $1 }
      form.pads = mode == "SAME_UPPER" ? small + large : large + small
    } else if mode == "NOTSET", let pads {
      form.pads = pads
    }
    guard form.pads.count == 4, form.pads.allSatisfy({ (0...limits.cells).contains($0) }) else {
      throw node.error(.attribute, "pads", form.pads)
    }
    return form
  }

  /// Two equal positive numbers, 1 when absent.
  private func square(_ node: inout ONNXNode, _ name: String) throws -> Int {
    let pair = try node.ints(name) ?? [1, 1]
    guard pair.count == 2, pair[0] == pair[1], (1...limits.cells).contains(pair[0]) else {
      throw node.error(.attribute, name, pair)
    }
    return pair[0]
  }

  /// Surrounds the planes with zeros when the padding is not the same on all sides.
  private mutating func padded(
    _ x: Value, _ form: Form, _ node: ONNXNode
  ) throws -> (Value, padding: Int) {
    if let padding = form.padding { return (x, padding) }
    var x = x
    for axis in 0..<2 {
      let total = graph.shape(of: x)[2 + axis] + form.pads[axis] + form.pads[2 + axis]
      x = try add(Embed(axis: 2 + axis, start: form.pads[axis], total: total), x, for: node)
    }
    return (x, 0)
  }

  private func kernel(_ node: inout ONNXNode, _ weight: Shape) throws -> [Int] {
    guard weight.rank == 4 else { throw node.error(.shape, nil, weight.dims) }
    let kernel = Array(weight.dims.suffix(2))
    if let stated = try node.ints("kernel_shape"), stated != kernel {
      throw node.error(.attribute, "kernel_shape", stated + kernel)
    }
    return kernel
  }

  private func groups(_ node: inout ONNXNode, _ channels: Int) throws -> Int {
    let groups = try node.int("group", default: 1)
    guard groups > 0, channels % groups == 0 else {
      throw node.error(.attribute, "group", [groups, channels])
    }
    return groups
  }

  private mutating func convolution(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...3)
    let input = try value(node, 0)
    let weight = try value(node, 1)
    let kernel = try kernel(&node, graph.shape(of: weight))
    let form = try form(&node, graph.shape(of: input), kernel: kernel)
    let groups = try groups(&node, graph.shape(of: weight)[0])
    let (x, padding) = try padded(input, form, node)
    let op = Conv2d(
      stride: form.stride, padding: padding, dilation: form.dilation, groups: groups)
    guard node.has(2) else { return [.value(try add(op, x, weight, for: node))] }
    let bias = try value(node, 2)
    return [.value(try add(op, x, weight, bias, for: node))]
  }

  private mutating func transposedConvolution(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...3)
    let x = try value(node, 0)
    let weight = try value(node, 1)
    let (from, taps) = (graph.shape(of: x), graph.shape(of: weight))
    let kernel = try kernel(&node, taps)
    if let shape = try node.ints("output_shape") {
      throw node.error(.attribute, "output_shape", shape)
    }
    _ = try node.string("auto_pad", default: "NOTSET", of: ["NOTSET", "VALID"])
    let form = try form(&node, from, kernel: kernel)
    let extra = try node.ints("output_padding") ?? [0, 0]
    guard extra.count == 2, extra.allSatisfy({ (0..<form.stride).contains($0) }) else {
      throw node.error(.attribute, "output_padding", extra)
    }
    guard let padding = form.padding else { throw node.error(.attribute, "pads", form.pads) }
    let groups = try groups(&node, taps[0])
    let plane = (0..<2).map { i in
      (from[2 + i] - 1) * form.stride - 2 * padding + form.dilation * (kernel[i] - 1) + 1 + extra[i]
    }
    let dims = [from[0], taps[1] * groups] + plane
    try bound(dims, node)
    let window = Window(stride: form.stride, padding: padding, dilation: form.dilation)
    let op = Conv2dInputGradient(window, Shape(dims), groups: groups)
    let y = try add(op, x, weight, for: node)
    guard node.has(2) else { return [.value(y)] }
    let bias = try value(node, 2)
    guard graph.shape(of: bias) == [dims[1]] else {
      throw node.error(.shape, nil, graph.shape(of: bias).dims)
    }
    return [.value(try add(Add(), y, reshape(bias, [dims[1], 1, 1], node), for: node))]
  }

  /// The side of the square kernel and the form of pooling; paddings at most half a kernel.
  private func pool(_ node: inout ONNXNode, _ input: Shape) throws -> (side: Int, form: Form) {
    let kernel = try node.ints("kernel_shape") ?? []
    guard kernel.count == 2, kernel[0] == kernel[1], (1...limits.cells).contains(kernel[0]) else {
      throw node.error(.attribute, "kernel_shape", kernel)
    }
    let form = try form(&node, input, kernel: kernel)
    guard form.dilation == 1 else { throw node.error(.attribute, "dilations", [form.dilation]) }
    guard form.pads.allSatisfy({ 2 * $0 <= kernel[0] }) else {
      throw node.error(.attribute, "pads", form.pads)
    }
    return (kernel[0], form)
  }

  private mutating func maxPool(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    let x = try value(node, 0)
    let (side, form) = try pool(&node, graph.shape(of: x))
    let ceil = try node.flag("ceil_mode")
    _ = try node.flag("storage_order")
    guard let padding = form.padding else { throw node.error(.attribute, "pads", form.pads) }
    let op = MaxPool2d(kernel: side, stride: form.stride, padding: padding, ceilMode: ceil)
    return [.value(try add(op, x, for: node))]
  }

  private mutating func averagePool(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    let input = try value(node, 0)
    let (side, form) = try pool(&node, graph.shape(of: input))
    let ceil = try node.flag("ceil_mode")
    let counted = try node.flag("count_include_pad")
    guard form.padding != nil || (counted && !ceil) else {
      throw node.error(.attribute, "pads", form.pads)
    }
    let (x, padding) = try padded(input, form, node)
    let op = AveragePool2d(
      kernel: side, stride: form.stride, padding: padding, ceilMode: ceil,
      countIncludePad: counted || padding == 0)
    return [.value(try add(op, x, for: node))]
  }

  private mutating func globalAverage(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    let x = try value(node, 0)
    let rank = graph.shape(of: x).rank
    guard rank > 2 else { throw node.error(.shape, nil, graph.shape(of: x).dims) }
    return [.value(try mean(x, Array(2..<rank), keep: true, node))]
  }

  private mutating func globalMaximum(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...1)
    let x = try value(node, 0)
    let shape = graph.shape(of: x)
    guard shape.rank == 4 else { throw node.error(.shape, nil, shape.dims) }
    return [.value(try add(AdaptiveMaxPool2d(height: 1, width: 1), x, for: node))]
  }
}
