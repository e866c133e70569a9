import Tensors

/// Compositions that change the planes of N, C, H, W tensors.
extension Graph {
  /// Transposed convolution: x N,C,H,W; weight C,O/groups,KH,KW; optional bias O.
  ///
  /// The output extent is `(input - 1) * stride - 2 * padding + kernel + outputPadding`, as in
  /// `ConvTranspose2d` of PyTorch, whose weights it takes.
  package mutating func convTranspose(
    _ x: Value, weight: Value, bias: Value?, stride: Int = 2, padding: Int = 0,
    outputPadding: Int = 0, groups: Int = 1
  ) throws -> Value {
    let (form, taps) = (shape(of: x), shape(of: weight))
    guard form.rank == 4, taps.rank == 4 else { throw GraphError(.shape, at: nodes.count) }
    func extent(_ axis: Int) -> Int {
      (form[axis] - 1) * stride - 2 * padding + taps[axis] + outputPadding
    }
    guard extent(2) > 0, extent(3) > 0, (0..<stride).contains(outputPadding) else {
      throw GraphError(.attribute, at: nodes.count)
    }
    let target: Shape = [form[0], taps[1] * groups, extent(2), extent(3)]
    let window = Window(stride: stride, padding: padding)
    let y = try add(Conv2dInputGradient(window, target, groups: groups), x, weight)
    guard let bias else { return y }
    return try add(Add(), y, channels(bias, like: target))
  }

  /// Cells of `value` around each plane.
  package mutating func pad(
    _ x: Value, top: Int, bottom: Int, left: Int, right: Int, value: Float = 0
  ) throws -> Value {
    let form = shape(of: x)
    guard form.rank == 4 else { throw GraphError(.shape, at: nodes.count) }
    let rows = Embed(axis: 2, start: top, total: top + form[2] + bottom, value: value)
    let columns = Embed(axis: 3, start: left, total: left + form[3] + right, value: value)
    return try add(columns, add(rows, x))
  }

  /// A rectangle of each plane.
  package mutating func crop(
    _ x: Value, top: Int, left: Int, height: Int, width: Int
  ) throws -> Value {
    let rows = try add(Slice(axis: 2, start: top, count: height), x)
    return try add(Slice(axis: 3, start: left, count: width), rows)
  }

  /// Pieces of `counts` entries along `axis`, which add up to its extent.
  package mutating func split(_ x: Value, axis: Int, counts: [Int]) throws -> [Value] {
    var start = 0
    var parts: [Value] = []
    for count in counts {
      parts.append(try add(Slice(axis: axis, start: start, count: count), x))
      start += count
    }
    guard start == shape(of: x)[axis] else { throw GraphError(.attribute, at: nodes.count) }
    return parts
  }
}
