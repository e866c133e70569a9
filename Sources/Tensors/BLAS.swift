import COpenBLAS

/// Single-precision matrix products by OpenBLAS, one thread per caller.
///
/// Only `Parallel` workers and the thread that owns a `Workspace` call it: OpenBLAS 0.3.21
/// crashes with more than about 140 callers at once.
package enum BLAS {
  /// OpenBLAS must not start threads of its own: `Parallel` splits the work.
  private static let oneThread: Void = openblas_set_num_threads(1)

  /// One operand: row-major storage, its row stride, and whether it is used transposed.
  package struct Matrix {
    package let cells: Cells
    package let stride: Int
    package let transposed: Bool

    package init(_ cells: Cells, stride: Int, transposed: Bool = false) {
      self.cells = cells
      self.stride = stride
      self.transposed = transposed
    }
  }

  /// `c[m, n] = a[m, k] b[k, n] + beta c`; `c` is row-major with rows `c.stride` apart.
  package static func multiply(
    _ a: Matrix, _ b: Matrix, into c: Matrix, _ size: (m: Int, n: Int, k: Int), beta: Float = 0
  ) {
    _ = oneThread
    guard size.m > 0, size.n > 0 else { return }
    cblas_sgemm(
      CblasRowMajor, a.transposed ? CblasTrans : CblasNoTrans,
      b.transposed ? CblasTrans : CblasNoTrans, blasint(size.m), blasint(size.n), blasint(size.k),
      1, a.cells.base, blasint(a.stride), b.cells.base, blasint(b.stride), beta, c.cells.base,
      blasint(c.stride))
  }
}
