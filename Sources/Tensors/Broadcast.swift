/// NumPy broadcasting of two shapes, with neighbouring axes merged where both operands allow.
package struct Broadcast: Sendable {
  /// The shape of the result.
  package let shape: Shape
  /// Merged extents, outermost first, and the step of each operand along them (0 = repeated).
  private(set) var extents: [Int] = []
  private(set) var stepsA: [Int] = []
  private(set) var stepsB: [Int] = []

  /// Nil when the shapes do not fit: axes are aligned at the end, and an extent of 1 repeats.
  package init?(_ a: Shape, _ b: Shape) {
    let rank = max(a.rank, b.rank)
    let padA = Broadcast.padded(a, rank)
    let padB = Broadcast.padded(b, rank)
    var dims: [Int] = []
    for axis in 0..<rank {
      guard padA[axis] == padB[axis] || padA[axis] == 1 || padB[axis] == 1 else { return nil }
      dims.append(padA[axis] == 1 ? padB[axis] : padA[axis])
    }
    shape = Shape(dims)
    let stridesA = Shape(padA).strides
    let stridesB = Shape(padB).strides
    for axis in 0..<rank where dims[axis] != 1 {
      let stepA = padA[axis] == 1 ? 0 : stridesA[axis]
      let stepB = padB[axis] == 1 ? 0 : stridesB[axis]
      if let outer = extents.indices.last, stepsA[outer] == stepA * dims[axis],
        stepsB[outer] == stepB * dims[axis]
      {
        extents[outer] *= dims[axis]
        stepsA[outer] = stepA
        stepsB[outer] = stepB
      } else {
        extents.append(dims[axis])
        stepsA.append(stepA)
        stepsB.append(stepB)
      }
    }
    if extents.isEmpty { (extents, stepsA, stepsB) = ([1], [0], [0]) }
  }

  /// Elements of the innermost merged axis.
  var inner: Int { extents[extents.count - 1] }

  /// Runs of the innermost axis.
  var outer: Int { extents.dropLast().reduce(1, *) }

  /// Where run `index` starts in each operand.
  func offsets(_ index: Int) -> (a: Int, b: Int) {
    var rest = index
    var a = 0
    var b = 0
    for axis in stride(from: extents.count - 2, through: 0, by: -1) {
      let position = rest % extents[axis]
      rest /= extents[axis]
      a += position * stepsA[axis]
      b += position * stepsB[axis]
    }
    return (a, b)
  }

  private static func padded(_ shape: Shape, _ rank: Int) -> [Int] {
    [Int](repeating: 1, count: rank - shape.rank) + shape.dims
  }
}
