/// Entries of one axis taken by a list of indices, and sums back to them.
package enum Indexing {
  /// The extents of a tensor seen as outer x axis x inner, cut into pieces of work.
  private struct Form: Sendable {
    let outer: Int
    let inner: Int
    let run: Int
    let pieces: Int

    init(_ shape: Shape, _ axis: Int) {
      outer = shape.dims[..<axis].reduce(1, *)
      inner = shape.dims[(axis + 1)...].reduce(1, *)
      run = min(max(inner, 1), 1 << 10)
      pieces = (inner + run - 1) / run
    }

    /// Calls `body(outer index, inner start, inner count)` in parallel.
    func forEach(_ threads: Int, _ body: @Sendable (Int, Int, Int) -> Void) {
      Parallel.forEach(count: outer * pieces, width: threads) { piece in
        let start = piece % pieces * run
        body(piece / pieces, start, min(run, inner - start))
      }
    }
  }

  /// Entry `i` of the axis of the result is entry `indices[i]` of `x`. Traps outside the extent.
  package static func gather(
    _ x: Tensor, axis: Int, _ indices: [Int], _ workspace: Workspace
  ) -> Tensor {
    let form = Form(x.shape, axis)
    let extent = x.shape[axis]
    precondition(indices.allSatisfy { (0..<extent).contains($0) })
    var dims = x.shape.dims
    dims[axis] = indices.count
    return withCells(x) { x in
      workspace.tensor(Shape(dims)) { y in
        form.forEach(workspace.threads) { outer, start, count in
          for (place, index) in indices.enumerated() {
            (y + (outer * indices.count + place) * form.inner + start)
              .copy(from: x + (outer * extent + index) * form.inner + start, count)
          }
        }
      }
    }
  }

  /// Zeros of `extent` along the axis, with entry `i` of `x` added to entry `indices[i]`, in the
  /// order of the list. Traps outside the extent.
  package static func scatterAdd(
    _ x: Tensor, axis: Int, _ indices: [Int], extent: Int, _ workspace: Workspace
  ) -> Tensor {
    let form = Form(x.shape, axis)
    precondition(indices.count == x.shape[axis] && indices.allSatisfy { (0..<extent).contains($0) })
    var dims = x.shape.dims
    dims[axis] = extent
    return withCells(x) { x in
      workspace.tensor(Shape(dims)) { y in
        form.forEach(workspace.threads) { outer, start, count in
          for index in 0..<extent {
            (y + (outer * extent + index) * form.inner + start).fill(0, count)
          }
          for (place, index) in indices.enumerated() {
            let source = (x + (outer * indices.count + place) * form.inner + start).base
            let target = (y + (outer * extent + index) * form.inner + start).base
            for i in 0..<count { target[i] += source[i] }
          }
        }
      }
    }
  }
}
