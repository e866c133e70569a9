import Tensors

/// The product of two matrices, either of which may be used transposed.
package struct MatMul: Operator {
  package static let name = "matmul"
  package let transposeLeft: Bool
  package let transposeRight: Bool

  package init(transposeLeft: Bool = false, transposeRight: Bool = false) {
    self.transposeLeft = transposeLeft
    self.transposeRight = transposeRight
  }

  package var attributes: String {
    "transpose=" + (transposeLeft ? "t" : "n") + (transposeRight ? "t" : "n")
  }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(2, inputs)
    let (a, b) = (inputs[0], inputs[1])
    try Self.require(a.rank == 2 && b.rank == 2)
    try Self.require(a[transposeLeft ? 0 : 1] == b[transposeRight ? 1 : 0])
    try Self.require(a.count > 0 && b.count > 0)
    return [a[transposeLeft ? 1 : 0], b[transposeRight ? 0 : 1]]
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    let (a, b) = (inputs[0], inputs[1])
    let size = (
      m: a.shape[transposeLeft ? 1 : 0], n: b.shape[transposeRight ? 0 : 1],
      k: a.shape[transposeLeft ? 0 : 1]
    )
    return withCells(a, b) { left, right in
      workspace.tensor([size.m, size.n]) { y in
        BLAS.multiply(
          BLAS.Matrix(left, stride: a.shape[1], transposed: transposeLeft),
          BLAS.Matrix(right, stride: b.shape[1], transposed: transposeRight),
          into: BLAS.Matrix(y, stride: size.n), size)
      }
    }
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    let inputs = graph.inputs(of: output)
    let (a, b) = (inputs[0], inputs[1])
    let left =
      transposeLeft
      ? try graph.add(MatMul(transposeLeft: transposeRight, transposeRight: true), b, upstream)
      : try graph.add(MatMul(transposeRight: !transposeRight), upstream, b)
    let right =
      transposeRight
      ? try graph.add(MatMul(transposeLeft: true, transposeRight: transposeLeft), upstream, a)
      : try graph.add(MatMul(transposeLeft: !transposeLeft), a, upstream)
    return [left, right]
  }
}
