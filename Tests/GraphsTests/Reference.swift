import Tensors

/// A tensor in double precision, for naive references.
struct Reference {
  let shape: Shape
  var values: [Double]

  init(_ shape: Shape, _ values: [Double]) {
    self.shape = shape
    self.values = values
  }

  init(zeros shape: Shape) {
    self.init(shape, [Double](repeating: 0, count: shape.count))
  }

  /// Each element from its indices.
  init(_ shape: Shape, _ element: ([Int]) -> Double) {
    self.init(shape, Reference.indices(shape).map(element))
  }

  var tensor: Tensor { Tensor(shape, values.map { Float($0) }) }

  subscript(indices: [Int]) -> Double {
    get { values[offset(indices)] }
    set { values[offset(indices)] = newValue }
  }

  subscript(indices: Int...) -> Double {
    get { values[offset(indices)] }
    set { values[offset(indices)] = newValue }
  }

  /// The element under broadcasting: extra leading indices are dropped, extents of 1 repeat.
  func spread(_ indices: [Int]) -> Double {
    let tail = indices.suffix(shape.rank)
    return self[zip(tail, shape.dims).map { $1 == 1 ? 0 : $0 }]
  }

  func map(_ f: (Double) -> Double) -> Reference { Reference(shape, values.map(f)) }

  private func offset(_ indices: [Int]) -> Int {
    zip(indices, shape.strides).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// All index tuples in row-major order.
  static func indices(_ shape: Shape) -> [[Int]] {
    var list: [[Int]] = [[]]
    for extent in shape.dims { list = list.flatMap { head in (0..<extent).map { head + [$0] } } }
    return list
  }
}
