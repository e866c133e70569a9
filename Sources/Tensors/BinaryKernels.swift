extension Elementwise {
  /// `f(a, b)` for every element after broadcasting; traps when the shapes do not fit.
  package static func apply(
    _ f: Binary, _ a: Tensor, _ b: Tensor, _ workspace: Workspace
  ) -> Tensor {
    guard let form = Broadcast(a.shape, b.shape) else { preconditionFailure("shapes do not fit") }
    guard form.shape.count > 0 else { return Tensor(zeros: form.shape) }
    return withCells(a, b) { a, b in
      workspace.tensor(form.shape) { y in
        run(f, form, a, b, y, workspace.threads)
      }
    }
  }

  private static func run(
    _ f: Binary, _ form: Broadcast, _ a: Cells, _ b: Cells, _ y: Cells, _ threads: Int
  ) {
    let inner = form.inner
    let stepA = form.stepsA[form.stepsA.count - 1]
    let stepB = form.stepsB[form.stepsB.count - 1]
    // Cut long runs into pieces, and gather short runs into one piece.
    let pieces = (inner + grain - 1) / grain
    let runsPerTask = max(1, grain / inner)
    let tasks = pieces > 1 ? form.outer * pieces : (form.outer + runsPerTask - 1) / runsPerTask
    Parallel.forEach(count: tasks, width: threads) { task in
      let runs =
        pieces > 1
        ? task / pieces..<task / pieces + 1
        : task * runsPerTask..<min(form.outer, (task + 1) * runsPerTask)
      let start = pieces > 1 ? task % pieces * grain : 0
      let count = pieces > 1 ? min(grain, inner - start) : inner
      for index in runs {
        let offset = form.offsets(index)
        let pointerA = (a + offset.a + start * stepA).base
        let pointerB = (b + offset.b + start * stepB).base
        loop(f, pointerA, stepA, pointerB, stepB, (y + index * inner + start).base, count)
      }
    }
  }

  private typealias Pointer = UnsafeMutablePointer<Float>

  private static func loop(
    _ f: Binary, _ a: Pointer, _ stepA: Int, _ b: Pointer, _ stepB: Int, _ y: Pointer,
    _ count: Int
  ) {
    switch f {
    case .add: map(a, stepA, b, stepB, y, count) { $0 + $1 }
    case .subtract: map(a, stepA, b, stepB, y, count) { $0 - $1 }
    case .multiply: map(a, stepA, b, stepB, y, count) { $0 * $1 }
    case .divide: map(a, stepA, b, stepB, y, count) { $0 / $1 }
    case .rectifyGradient(let slope):
      map(a, stepA, b, stepB, y, count) { $0 > 0 ? $1 : slope * $1 }
    case .maximum: map(a, stepA, b, stepB, y, count) { $0 > $1 || $0.isNaN ? $0 : $1 }
    case .minimum: map(a, stepA, b, stepB, y, count) { $0 < $1 || $0.isNaN ? $0 : $1 }
    case .less: map(a, stepA, b, stepB, y, count) { $0 < $1 ? 1 : 0 }
    case .clipGradient(let low, let high):
      map(a, stepA, b, stepB, y, count) { $0 >= low && $0 <= high ? $1 : 0 }
    }
  }

  /// The innermost steps are 0, 1, or (axes of a permuted view never occur) nothing else.
  @inline(__always)
  private static func map(
    _ a: Pointer, _ stepA: Int, _ b: Pointer, _ stepB: Int, _ y: Pointer, _ count: Int,
    _ f: (Float, Float) -> Float
  ) {
    switch (stepA, stepB) {
    case (1, 1): for i in 0..<count { y[i] = f(a[i], b[i]) }
    case (1, 0):
      let right = b[0]
      for i in 0..<count { y[i] = f(a[i], right) }
    case (0, 1):
      let left = a[0]
      for i in 0..<count { y[i] = f(left, b[i]) }
    default:
      let value = f(a[0], b[0])
      for i in 0..<count { y[i] = value }
    }
  }
}

extension Elementwise {
  /// `a` where `mask` is not 0, else `b`; three tensors of one shape.
  package static func choose(
    _ mask: Tensor, _ a: Tensor, _ b: Tensor, _ workspace: Workspace
  ) -> Tensor {
    let shape = mask.shape
    return withCells(mask, a, b) { mask, a, b in
      workspace.tensor(shape) { y in
        Parallel.forRanges(count: shape.count, grain: grain, width: workspace.threads) { range in
          for i in range { y[i] = mask[i] != 0 ? a[i] : b[i] }
        }
      }
    }
  }

  /// The elements of `x` repeated to `shape` by broadcasting; traps when they do not fit.
  package static func repeated(_ x: Tensor, to shape: Shape, _ workspace: Workspace) -> Tensor {
    guard let form = Broadcast(x.shape, shape), form.shape == shape else {
      preconditionFailure("shapes do not fit")
    }
    guard shape.count > 0 else { return Tensor(zeros: shape) }
    let inner = form.inner
    let step = form.stepsA[form.stepsA.count - 1]
    return withCells(x) { x in
      workspace.tensor(shape) { y in
        Parallel.forRanges(
          count: form.outer, grain: max(1, grain / inner), width: workspace.threads
        ) { runs in
          for index in runs {
            let source = x + form.offsets(index).a
            let target = y + index * inner
            if step == 1 {
              target.copy(from: source, inner)
            } else {
              target.fill(source[0], inner)
            }
          }
        }
      }
    }
  }
}
