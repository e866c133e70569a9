import Tensors

/// The product of two matrices, either of which may be used transposed; of rank 3, the products
/// of as many pairs of matrices as the first axis has entries.
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
    try Self.require(a.rank == b.rank && (a.rank == 2 || (a.rank == 3 && a[0] == b[0])))
    try Self.require(a.count > 0 && b.count > 0)
    let size = size(a, b)
    try Self.require(size.k == b[b.rank - (transposeRight ? 1 : 2)])
    return Shape(a.dims.dropLast(2) + [size.m, size.n])
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    let (a, b) = (inputs[0].shape, inputs[1].shape)
    let size = size(a, b)
    let (transposeLeft, transposeRight) = (transposeLeft, transposeRight)
    let (strideA, strideB) = (a[a.rank - 1], b[b.rank - 1])
    return withCells(inputs[0], inputs[1]) { left, right in
      workspace.tensor(Shape(a.dims.dropLast(2) + [size.m, size.n])) { y in
        Parallel.forEach(count: a.rank == 3 ? a[0] : 1, width: workspace.threads) { pair in
          BLAS.multiply(
            BLAS.Matrix(
              left + pair * size.m * size.k, stride: strideA, transposed: transposeLeft),
            BLAS.Matrix(
              right + pair * size.k * size.n, stride: strideB, transposed: transposeRight),
            into: BLAS.Matrix(y + pair * size.m * size.n, stride: size.n), size)
        }
      }
    }
  }

  /// The extents of one product.
  private func size(_ a: Shape, _ b: Shape) -> (m: Int, n: Int, k: Int) {
    (
      m: a[a.rank - (transposeLeft ? 1 : 2)], n: b[b.rank - (transposeRight ? 2 : 1)],
      k: a[a.rank - (transposeLeft ? 2 : 1)]
    )
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
