import Tensors

/// `Resize`, where it is exactly one of ours.
extension ONNXImporter {
  static let resizing: [String: Handler] = ["Resize": { try $0.resized(&$1) }]

  /// How one axis is resampled.
  private struct Axis {
    let input: Int
    let output: Int
    let scale: Float

    /// Where output cell `index` lies among the input cells, by the standard's formulas.
    func source(_ index: Int, _ mode: String) -> Double {
      let (i, n, m) = (Double(index), Double(input), Double(output))
      switch mode {
      case "asymmetric": return Double(Float(index) / scale)
      case "align_corners": return m == 1 ? 0 : i * (n - 1) / (m - 1)
      case "pytorch_half_pixel": return m == 1 ? 0 : (i + 0.5) / Double(scale) - 0.5
      default: return (i + 0.5) / Double(scale) - 0.5
      }
    }

    /// The cell that `nearest_mode` chooses.
    func nearest(_ index: Int, _ mode: String, _ rounding: String) -> Int {
      let x = source(index, mode)
      let rounded: Double =
        switch rounding {
        case "floor": x.rounded(.down)
        case "ceil": x.rounded(.up)
        case "round_prefer_floor": (x - 0.5).rounded(.up)
        default: (x + 0.5).rounded(.down)
        }
      return min(max(Int(rounded), 0), input - 1)
    }
  }

  private static let modes = ["half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel"]
  private static let roundings = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"]

  private mutating func resized(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(1...4)
    let x = try value(node, 0)
    let shape = graph.shape(of: x)
    guard shape.rank == 4 else { throw node.error(.shape, nil, shape.dims) }
    let mode = try node.string("mode", default: "nearest", of: ["nearest", "linear"])
    let place = try node.string(
      "coordinate_transformation_mode", default: "half_pixel", of: Self.modes)
    let rounding = try node.string(
      "nearest_mode", default: "round_prefer_floor", of: Self.roundings)
    if try node.flag("antialias") { throw node.error(.attribute, "antialias", [1]) }
    _ = try node.string("keep_aspect_ratio_policy", default: "stretch", of: ["stretch"])
    if mode == "linear", try node.flag("exclude_outside") {
      throw node.error(.attribute, "exclude_outside", [1])
    }
    node.ignore("cubic_coeff_a", "extrapolation_value", "exclude_outside")
    let axes = try extents(&node, shape)
    guard axes[0].input == axes[0].output, axes[1].input == axes[1].output else {
      throw node.error(.shape, nil, shape.dims + axes.map(\.output))
    }
    try bound(axes.map(\.output), node)
    let plane = Array(axes.suffix(2))
    if plane.allSatisfy({ $0.input == $0.output && $0.scale == 1 }) { return [.value(x)] }
    return [
      .value(
        try mode == "nearest"
          ? nearest(x, plane, place, rounding, node) : linear(x, plane, place, node))
    ]
  }

  /// Extents from the operands `scales` or `sizes`.
  private func extents(_ node: inout ONNXNode, _ shape: Shape) throws -> [Axis] {
    let places =
      try node.ints("axes").map { list in
        try list.map { try axis($0, 4, node, "axes") }
      } ?? Array(0..<4)
    var result = shape.dims.map { Axis(input: $0, output: $0, scale: 1) }
    let scales = try reals(node, 2, "scales") ?? []
    let sizes = try integers(node, 3, "sizes") ?? []
    guard scales.isEmpty != sizes.isEmpty, Set(places).count == places.count,
      places.count == scales.count + sizes.count
    else { throw node.error(.attribute, "sizes", sizes) }
    for (index, axis) in places.enumerated() {
      let input = shape[axis]
      if sizes.isEmpty {
        let output = (Float(input) * scales[index]).rounded(.down)
        guard scales[index] > 0, output >= 1, output <= Float(limits.cells) else {
          throw node.error(.attribute, "scales", [input])
        }
        result[axis] = Axis(input: input, output: Int(output), scale: scales[index])
      } else {
        guard (1...limits.cells).contains(sizes[index]) else {
          throw node.error(.attribute, "sizes", sizes)
        }
        let scale = Float(sizes[index]) / Float(input)
        result[axis] = Axis(input: input, output: sizes[index], scale: scale)
      }
    }
    return result
  }

  /// Accepted when every output cell takes the input cell that ours takes.
  private mutating func nearest(
    _ x: Value, _ plane: [Axis], _ mode: String, _ rounding: String, _ node: ONNXNode
  ) throws -> Value {
    for axis in plane {
      let same = (0..<axis.output).allSatisfy {
        axis.nearest($0, mode, rounding) == $0 * axis.input / axis.output
      }
      guard same else {
        throw node.error(
          .attribute, "coordinate_transformation_mode", [axis.input, axis.output])
      }
    }
    let factor = plane[0].output / plane[0].input
    if plane.allSatisfy({ $0.output == factor * $0.input }) {
      return try add(UpsampleNearest(factor: factor), x, for: node)
    }
    return try add(
      ResizeNearest(height: plane[0].output, width: plane[1].output), x, for: node)
  }

  /// Accepted when every output cell lies where ours lies, to a ten-thousandth of a cell.
  private mutating func linear(
    _ x: Value, _ plane: [Axis], _ mode: String, _ node: ONNXNode
  ) throws -> Value {
    for corners in [mode == "align_corners", mode != "align_corners"] {
      let ours = corners ? "align_corners" : "half_pixel"
      let same = plane.allSatisfy { axis in
        let plain = Axis(
          input: axis.input, output: axis.output, scale: Float(axis.output) / Float(axis.input))
        func clamped(_ x: Double) -> Double { min(max(x, 0), Double(axis.input - 1)) }
        return (0..<axis.output).allSatisfy {
          abs(clamped(axis.source($0, mode)) - clamped(plain.source($0, ours))) < 1e-4
        }
      }
      if same {
        let op = ResizeBilinear(
          height: plane[0].output, width: plane[1].output, alignCorners: corners)
        return try add(op, x, for: node)
      }
    }
    throw node.error(
      .attribute, "coordinate_transformation_mode", plane.flatMap { [$0.input, $0.output] })
  }
}
