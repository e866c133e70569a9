/// The largest element along one axis, which disappears from the shape.
package enum AxisMaximum {
  private struct Form: Sendable {
    let outer: Int
    let extent: Int
    let inner: Int
    let kept: Shape

    init(_ shape: Shape, _ axis: Int) {
      outer = shape.dims[..<axis].reduce(1, *)
      extent = shape[axis]
      inner = shape.dims[(axis + 1)...].reduce(1, *)
      var dims = shape.dims
      dims.remove(at: axis)
      kept = Shape(dims)
    }

    /// Where the first largest element of kept element `index` lies; a NaN wins.
    @inline(__always)
    func largest(_ x: Cells, _ index: Int) -> Int {
      let start = index / inner * extent * inner + index % inner
      var best = start
      for step in 1..<max(extent, 1) {
        let place = start + step * inner
        if x[place] > x[best] || (x[place].isNaN && !x[best].isNaN) { best = place }
      }
      return best
    }

    func forEach(_ threads: Int, _ body: @Sendable (Int) -> Void) {
      let grain = max(1, Elementwise.grain / max(1, extent))
      Parallel.forRanges(count: outer * inner, grain: grain, width: threads) { range in
        for index in range { body(index) }
      }
    }
  }

  /// The largest elements.
  package static func maximum(_ x: Tensor, axis: Int, _ workspace: Workspace) -> Tensor {
    let form = Form(x.shape, axis)
    return withCells(x) { x in
      workspace.tensor(form.kept) { y in
        form.forEach(workspace.threads) { y[$0] = x[form.largest(x, $0)] }
      }
    }
  }

  /// The gradient of `maximum`: each element of `dy` goes to the first largest of `x`.
  package static func gradient(
    _ x: Tensor, _ dy: Tensor, axis: Int, _ workspace: Workspace
  ) -> Tensor {
    let form = Form(x.shape, axis)
    let shape = x.shape
    return withCells(x, dy) { x, dy in
      workspace.tensor(shape) { dx in
        form.forEach(workspace.threads) { index in
          let start = index / form.inner * form.extent * form.inner + index % form.inner
          for step in 0..<form.extent { dx[start + step * form.inner] = 0 }
          dx[form.largest(x, index)] = dy[index]
        }
      }
    }
  }

  /// The elements of `u` at the places of the first largest of `x`.
  package static func gather(
    _ x: Tensor, _ u: Tensor, axis: Int, _ workspace: Workspace
  ) -> Tensor {
    let form = Form(x.shape, axis)
    return withCells(x, u) { x, u in
      workspace.tensor(form.kept) { y in
        form.forEach(workspace.threads) { y[$0] = u[form.largest(x, $0)] }
      }
    }
  }
}
