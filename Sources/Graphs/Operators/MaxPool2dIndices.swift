import Tensors

/// Where `MaxPool2d` of the same attributes finds its cells: the index in the plane of the input,
/// row by row, written as a float; the first one where several are largest.
///
/// Constant as far as gradients go. Planes have at most 2^24 cells, so that each index is exact.
package struct MaxPool2dIndices: Operator {
  package static let name = "max_pool2d_indices"
  package let kernel: Int
  package let window: Window
  package let ceilMode: Bool

  package init(kernel: Int = 2, stride: Int = 2, padding: Int = 0, ceilMode: Bool = false) {
    self.kernel = kernel
    window = Window(stride: stride, padding: padding)
    self.ceilMode = ceilMode
  }

  package var attributes: String { window.poolText(kernel, ceilMode) }

  package func shape(of inputs: [Shape]) throws -> Shape {
    try Self.expect(1, inputs)
    let form = try Pooling.form(inputs[0], kernel, window, ceilMode)
    try Self.require(inputs[0][2] * inputs[0][3] <= 1 << 24)
    return form.output
  }

  package func forward(_ inputs: [Tensor], in workspace: Workspace) -> Tensor {
    Pooling.checked(inputs[0].shape, kernel, window, ceilMode).indices(inputs[0], workspace)
  }

  package func gradients(
    of output: Value, upstream: Value, in graph: inout Graph
  ) throws -> [Value?] {
    [nil]
  }
}
