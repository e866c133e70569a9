/// A raw pointer to floats that may cross into parallel work.
///
/// `@unchecked Sendable`: every use lies inside a `withCells` or `Workspace.tensor` scope that
/// outlives the parallel call, and workers of one `Parallel` call write disjoint ranges.
package struct Cells: @unchecked Sendable {
  package let base: UnsafeMutablePointer<Float>

  package init(_ base: UnsafeMutablePointer<Float>) { self.base = base }

  package subscript(index: Int) -> Float {
    get { base[index] }
    nonmutating set { base[index] = newValue }
  }

  package static func + (cells: Cells, offset: Int) -> Cells { Cells(cells.base + offset) }

  package func fill(_ value: Float, _ count: Int) {
    if count > 0 { base.update(repeating: value, count: count) }
  }

  package func copy(from source: Cells, _ count: Int) {
    if count > 0 { base.update(from: source.base, count: count) }
  }
}

/// Lends read access to the elements of a tensor for the length of `body`.
///
/// Writing through the cells of an input is a defect: the storage may be shared.
package func withCells<R>(_ a: Tensor, _ body: (Cells) -> R) -> R {
  a.values.withUnsafeBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return body(Cells(Cells.nothing.base)) }
    return body(Cells(UnsafeMutablePointer(mutating: base)))
  }
}

package func withCells<R>(_ a: Tensor, _ b: Tensor, _ body: (Cells, Cells) -> R) -> R {
  withCells(a) { a in withCells(b) { b in body(a, b) } }
}

package func withCells<R>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor, _ body: (Cells, Cells, Cells) -> R
) -> R {
  withCells(a) { a in withCells(b, c) { b, c in body(a, b, c) } }
}

package func withCells<R>(
  _ a: Tensor, _ b: Tensor, _ c: Tensor, _ d: Tensor, _ body: (Cells, Cells, Cells, Cells) -> R
) -> R {
  withCells(a, b) { a, b in withCells(c, d) { c, d in body(a, b, c, d) } }
}

extension Cells {
  /// Stands for the elements of an empty tensor; never read.
  static let nothing = Cells(UnsafeMutablePointer<Float>.allocate(capacity: 1))
}
