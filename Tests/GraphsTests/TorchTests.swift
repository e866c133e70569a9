import Graphs
import Tensors
import Testing

/// Operators against numbers computed with PyTorch 2.15.
@Suite struct TorchTests {
  private func run(_ op: some Operator, _ inputs: Tensor...) throws -> Tensor {
    var graph = Graph()
    let value = try graph.add(op, inputs.map { graph.constant($0) })
    return try Plan(graph, outputs: [value]).run(inputs: [:], workspace: Workspace(threads: 1))[0]
  }

  /// `F.interpolate(x, size=4, mode="bilinear", align_corners=...)` of [0, 1]; methods.md D.6.
  @Test func bothBilinearConventions() throws {
    let x = Tensor([1, 1, 1, 2], [0, 1])
    expectClose(try run(ResizeBilinear(height: 1, width: 4), x), [0, 0.25, 0.75, 1], 1e-7)
    expectClose(
      try run(ResizeBilinear(height: 1, width: 4, alignCorners: true), x),
      [0, 1.0 / 3, 2.0 / 3, 1], 1e-7)
  }

  /// `F.avg_pool2d(torch.arange(1., 17).view(1, 1, 4, 4), 3, 2, 1, ceil_mode=True, ...)`.
  @Test func averageDivisors() throws {
    let x = Tensor([1, 1, 4, 4], (1...16).map { Float($0) })
    expectClose(
      try run(AveragePool2d(kernel: 3, stride: 2, padding: 1, ceilMode: true), x),
      [14.0 / 9, 10.0 / 3, 2, 19.0 / 3, 11, 6, 4.5, 7.5, 4], 1e-6)
    expectClose(
      try run(
        AveragePool2d(
          kernel: 3, stride: 2, padding: 1, ceilMode: true, countIncludePad: false), x),
      [3.5, 5, 6, 9.5, 11, 12, 13.5, 15, 16], 1e-6)
  }

  /// The stem of SE-ResNeXt: 3 x 3 windows, stride 2, no padding, rounded up.
  @Test func ceilModeExtents() throws {
    let x = Tensor([1, 1, 112, 4], (0..<448).map { Float($0) })
    let y = try run(MaxPool2d(kernel: 3, stride: 2, ceilMode: true), x)
    #expect(y.shape == [1, 1, 56, 2])
    #expect(y[0, 0, 55, 1] == 447)
    // input, kernel, stride, padding, output; a window that starts in the padding is left out.
    for (n, k, s, p, out) in [(5, 2, 3, 1, 2), (4, 3, 2, 1, 3), (6, 2, 3, 1, 3), (1, 2, 2, 0, 1)] {
      let form = try #require(
        Pooling(
          input: [1, 1, n, n], kernel: k, window: Window(stride: s, padding: p), ceilMode: true))
      #expect(form.output == [1, 1, out, out])
    }
  }
}
