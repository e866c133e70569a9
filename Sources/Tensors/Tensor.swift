/// A dense array of 32-bit floats with a shape: row-major, a value with copy on write.
package struct Tensor: Sendable, Equatable {
  package let shape: Shape

  /// The elements in row-major order; the count never changes.
  package var values: [Float] {
    didSet { precondition(values.count == shape.count) }
  }

  /// Traps when `values` does not hold `shape.count` elements.
  package init(_ shape: Shape, _ values: [Float]) {
    precondition(values.count == shape.count)
    self.shape = shape
    self.values = values
  }

  package init(zeros shape: Shape) {
    self.init(shape, [Float](repeating: 0, count: shape.count))
  }

  /// A rank 0 tensor.
  package init(scalar value: Float) { self.init([], [value]) }

  /// The same elements under another shape of equal count; shares the storage.
  package func reshaped(_ shape: Shape) -> Tensor { Tensor(shape, values) }

  /// The only element of a tensor of count 1.
  package var scalar: Float {
    precondition(values.count == 1)
    return values[0]
  }

  /// Element access for tests and small loops; kernels use `withCells`.
  package subscript(indices: Int...) -> Float {
    get { values[offset(indices)] }
    set { values[offset(indices)] = newValue }
  }

  private func offset(_ indices: [Int]) -> Int {
    precondition(indices.count == shape.rank)
    var offset = 0
    for (axis, index) in indices.enumerated() {
      precondition(index >= 0 && index < shape[axis])
      offset = offset * shape[axis] + index
    }
    return offset
  }
}
