import Tensors

/// Matrix products.
extension ONNXImporter {
  static let products: [String: Handler] = [
    "Gemm": { try $0.gemm(&$1) },
    "MatMul": { try $0.matMul(&$1) },
  ]

  private mutating func gemm(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...3)
    let op = MatMul(
      transposeLeft: try node.flag("transA"), transposeRight: try node.flag("transB"))
    for position in 0..<2 where try dims(node, position).count != 2 {
      throw node.error(.shape, nil, try dims(node, position))
    }
    let alpha = try node.float("alpha", default: 1)
    let beta = try node.float("beta", default: 1)
    var y = try add(op, value(node, 0), value(node, 1), for: node)
    if alpha != 1 { y = try add(Scale(alpha), y, for: node) }
    guard node.has(2), beta != 0 else { return [.value(y)] }
    var c = try value(node, 2)
    if beta != 1 { c = try add(Scale(beta), c, for: node) }
    let shape = graph.shape(of: y)
    y = try add(Add(), y, c, for: node)
    guard graph.shape(of: y) == shape else {
      throw node.error(.shape, nil, graph.shape(of: c).dims)
    }
    return [.value(y)]
  }

  /// Two matrices, a stack of matrices times one matrix, or two stacks of equal height.
  private mutating func matMul(_ node: inout ONNXNode) throws -> [Item] {
    try node.expect(2...2)
    let a = try value(node, 0)
    let b = try value(node, 1)
    let (left, right) = (graph.shape(of: a), graph.shape(of: b))
    guard left.rank >= 2, right.rank >= 2 else {
      throw node.error(.shape, nil, left.dims + right.dims)
    }
    let lead = Array(left.dims.dropLast(2))
    let (rows, inner) = (left[left.rank - 2], left[left.rank - 1])
    if right.rank == 2 {
      let flat = try reshape(a, [lead.reduce(1, *) * rows, inner], node)
      let y = try add(MatMul(), flat, b, for: node)
      return [.value(try reshape(y, lead + [rows, right[1]], node))]
    }
    guard Array(right.dims.dropLast(2)) == lead else {
      throw node.error(.shape, nil, left.dims + right.dims)
    }
    let count = lead.reduce(1, *)
    let y = try add(
      MatMul(), reshape(a, [count, rows, inner], node),
      reshape(b, [count, right[right.rank - 2], right[right.rank - 1]], node), for: node)
    return [.value(try reshape(y, lead + [rows, right[right.rank - 1]], node))]
  }
}
