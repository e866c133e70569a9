import Tensors

/// Arithmetic on tensors that are known at import.
enum Folding {
  enum Binary {
    case add, subtract, multiply, divide, maximum, minimum
  }

  /// With NumPy broadcasting. Throws `.elementType` for mixed types, `.shape` when the shapes do
  /// not fit, an integer overflows or is divided by zero, `.tooLarge` beyond `most` elements.
  static func apply(
    _ form: Binary, _ a: Folded, _ b: Folded, _ most: Int, _ node: ONNXNode
  ) throws -> Folded {
    switch (a.numbers, b.numbers) {
    case (.integers(let x), .integers(let y)):
      return try spread(a.dims, b.dims, most, node) { dims, pairs in
        let list = try pairs.map { pair -> Int in
          guard let value = integer(form, x[pair.0], y[pair.1]) else { throw node.error(.shape) }
          return value
        }
        return Folded(dims, .integers(list))
      }
    case (.reals(let x), .reals(let y)):
      return try spread(a.dims, b.dims, most, node) { dims, pairs in
        Folded(dims, .reals(pairs.map { real(form, x[$0.0], y[$0.1]) }))
      }
    default: throw node.error(.elementType)
    }
  }

  private static func integer(_ form: Binary, _ a: Int, _ b: Int) -> Int? {
    let (value, overflow) =
      switch form {
      case .add: a.addingReportingOverflow(b)
      case .subtract: a.subtractingReportingOverflow(b)
      case .multiply: a.multipliedReportingOverflow(by: b)
      case .divide: a.dividedReportingOverflow(by: b)
      case .maximum: (partialValue: max(a, b), overflow: false)
      case .minimum: (partialValue: min(a, b), overflow: false)
      }
    return overflow ? nil : value
  }

  private static func real(_ form: Binary, _ a: Float, _ b: Float) -> Float {
    switch form {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .maximum: max(a, b)
    case .minimum: min(a, b)
    }
  }

  /// Calls `body` with the shape of two operands together, and per element its place in each.
  static func spread<R>(
    _ a: [Int], _ b: [Int], _ most: Int, _ node: ONNXNode,
    _ body: ([Int], [(Int, Int)]) throws -> R
  ) throws -> R {
    let dims = try joined(a, b, node)
    guard let count = ONNXLimits.elements(dims, most: most) else {
      throw node.error(.tooLarge, nil, dims)
    }
    let (first, second) = (steps(a, in: dims), steps(b, in: dims))
    let pairs = (0..<count).map { index in
      var rest = index
      var pair = (0, 0)
      for axis in dims.indices.reversed() {
        pair.0 += rest % dims[axis] * first[axis]
        pair.1 += rest % dims[axis] * second[axis]
        rest /= dims[axis]
      }
      return pair
    }
    return try body(dims, pairs)
  }

  private static func joined(_ a: [Int], _ b: [Int], _ node: ONNXNode) throws -> [Int] {
    let rank = max(a.count, b.count)
    let left = [Int](repeating: 1, count: rank - a.count) + a
    let right = [Int](repeating: 1, count: rank - b.count) + b
    return try zip(left, right).map { x, y in
      guard x == y || x == 1 || y == 1 else { throw node.error(.shape, nil, a + b) }
      return x == 1 ? y : x
    }
  }

  /// Elements between neighbours along each axis of `dims`; 0 where `own` is repeated.
  private static func steps(_ own: [Int], in dims: [Int]) -> [Int] {
    var steps = [Int](repeating: 0, count: dims.count)
    var step = 1
    for (axis, extent) in own.enumerated().reversed() {
      if extent != 1 { steps[axis + dims.count - own.count] = step }
      step *= extent
    }
    return steps
  }

  /// The entries `list` of `axis`, in that order. The axis takes the extents `dims`.
  static func take(_ x: Folded, axis: Int, _ list: [Int], as dims: [Int]) -> Folded {
    let inner = x.dims.dropFirst(axis + 1).reduce(1, *)
    let outer = x.dims.prefix(axis).reduce(1, *)
    let extent = x.dims[axis]
    let places = (0..<outer).flatMap { o in
      list.flatMap { entry in (0..<inner).map { (o * extent + entry) * inner + $0 } }
    }
    return Folded(x.dims.prefix(axis) + dims + x.dims.dropFirst(axis + 1), x.pick(places))
  }

  static func transpose(_ x: Folded, _ order: [Int]) -> Folded {
    let strides = Shape(x.dims).strides
    let dims = order.map { x.dims[$0] }
    let places = (0..<x.count).map { index in
      var rest = index
      return dims.indices.reversed().reduce(0) { sum, axis in
        defer { rest /= dims[axis] }
        return sum + rest % dims[axis] * strides[order[axis]]
      }
    }
    return Folded(dims, x.pick(places))
  }

  /// The operands one after the other; types and other extents must be equal.
  static func concat(_ list: [Folded], axis: Int, _ node: ONNXNode) throws -> Folded {
    var result = list[0]
    for next in list.dropFirst() {
      var dims = result.dims
      guard next.dims.count == dims.count,
        dims.indices.allSatisfy({ $0 == axis || next.dims[$0] == dims[$0] })
      else { throw node.error(.shape, nil, dims + next.dims) }
      dims[axis] += next.dims[axis]
      let outer = dims.prefix(axis).reduce(1, *)
      func joined<N>(_ a: [N], _ b: [N]) -> [N] {
        guard outer > 0 else { return [] }
        let (m, n) = (a.count / outer, b.count / outer)
        return (0..<outer).flatMap { row -> [N] in
          let left = a[(row * m)..<(row * m + m)]
          return Array(left) + b[(row * n)..<(row * n + n)]
        }
      }
      switch (result.numbers, next.numbers) {
      case (.integers(let a), .integers(let b)): result = Folded(dims, .integers(joined(a, b)))
      case (.reals(let a), .reals(let b)): result = Folded(dims, .reals(joined(a, b)))
      default: throw node.error(.elementType)
      }
    }
    return result
  }
}

extension Folded {
  /// The elements at `places`.
  func pick(_ places: [Int]) -> Numbers {
    switch numbers {
    case .integers(let list): .integers(places.map { list[$0] })
    case .reals(let list): .reals(places.map { list[$0] })
    }
  }
}
