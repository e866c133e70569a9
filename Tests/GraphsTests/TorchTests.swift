import Foundation
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

  private func s(_ shape: Shape) -> Tensor {
    Tensor(shape, (0..<shape.count).map { Float(sin(Double($0))) })
  }

  private func c(_ shape: Shape) -> Tensor {
    Tensor(shape, (0..<shape.count).map { Float(cos(Double($0))) })
  }

  private func run(_ build: (inout Graph) throws -> Value) throws -> Tensor {
    var graph = Graph()
    let value = try build(&graph)
    return try Plan(graph, outputs: [value]).run(inputs: [:], workspace: Workspace(threads: 1))[0]
  }

  /// `F.conv_transpose2d(x, w, b, stride=2)`, and with groups, padding and output padding.
  @Test func convTranspose() throws {
    let x = s([1, 2, 2, 3])
    let plain = try run {
      try $0.convTranspose(
        $0.constant(x), weight: $0.constant(c([2, 3, 2, 2])),
        bias: $0.constant(Tensor([3], [0.1, 0.2, 0.3])))
    }
    #expect(plain.shape == [1, 3, 4, 6])
    expectClose(
      Tensor([4], Array(plain.values[..<4])),
      [-0.1357859, -0.1535547, 1.4958717, 1.1508291], 1e-6)
    expectClose(
      Tensor([4], Array(plain.values[68...])), [1.4790112, 0.5865230, 2.1045571, 0.8285839], 1e-6)
    let grouped = try run {
      try $0.convTranspose(
        $0.constant(x), weight: $0.constant(c([2, 1, 3, 3])), bias: nil, padding: 1,
        outputPadding: 1, groups: 2)
    }
    #expect(grouped.shape == [1, 2, 4, 6])
    expectClose(
      Tensor([4], Array(grouped.values[..<4])), [0, -0.8330500, -0.5500221, -0.6615042], 1e-6)
    expectClose(
      Tensor([4], Array(grouped.values[44...])), [0.520987, 0.9093751, 0.9576501, 0.2751606], 1e-6)
  }

  /// `F.group_norm(x, 2, weight, bias)`, fused and in the form that is differentiable twice.
  @Test func groupNorm() throws {
    let x = s([2, 4, 2])
    let truth = [
      -1.1643419, 0.9071543, 2.2482529, -1.5338777, -0.1386937, -0.3008137, 0.2115720, -1.2905868,
      1.3124828, 0.5733382, -1.2019612, -2.3696807, -0.6087222, 0.2344083, -0.7742217, -0.1744061,
    ]
    for twice in [false, true] {
      var graph = Graph()
      let y = try graph.groupNorm(graph.constant(x), name: "norm", groups: 2, twice: twice)
      let parameters = Parameters([
        "norm.weight": Tensor([4], [1, 2, 0.5, -1]), "norm.bias": Tensor([4], [0, 0.1, 0.2, 0.3]),
      ])
      let ours = try Plan(graph, outputs: [y])
        .run(inputs: [:], parameters: parameters, workspace: Workspace(threads: 1))
      expectClose(ours[0], truth, 3e-6)
    }
    #expect(throws: GraphError(.attribute, at: 3)) {
      _ = try run { try $0.groupNorm($0.constant(x), name: nil, groups: 3) }
    }
  }

  /// `F.adaptive_max_pool2d(x, (3, 2))` and the mean of it on 5 x 7 cells.
  @Test func adaptivePools() throws {
    let x = s([1, 1, 5, 7])
    expectClose(
      try run(AdaptiveMaxPool2d(height: 3, width: 2), x),
      [0.9893582, 0.4201670, 0.9906074, 0.9563759, 0.8366556, 0.9999119], 1e-6)
    expectClose(
      try run(AdaptiveAveragePool2d(height: 3, width: 2), x),
      [0.4257913, -0.4393049, 0.0818368, -0.1357479, -0.3385990, 0.2946735], 1e-6)
  }

  /// `F.interpolate(x, size=(5, 7), mode="nearest")` of 0 ..< 12 as 3 x 4.
  @Test func nearestToAnySize() throws {
    let x = Tensor([1, 1, 3, 4], (0..<12).map { Float($0) })
    let ours = try run(ResizeNearest(height: 5, width: 7), x)
    let row: [Float] = [0, 0, 1, 1, 2, 2, 3]
    #expect(ours.values == [0, 0, 4, 4, 8].flatMap { base in row.map { $0 + base } })
  }

  @Test func padsCropsAndSplits() throws {
    var graph = Graph()
    let x = graph.constant(s([1, 3, 2, 3]))
    let padded = try graph.pad(x, top: 1, bottom: 0, left: 0, right: 2, value: 0.5)
    #expect(graph.shape(of: padded) == [1, 3, 3, 5])
    let back = try graph.crop(padded, top: 1, left: 0, height: 2, width: 3)
    let parts = try graph.split(back, axis: 1, counts: [1, 2])
    let sum = try graph.add(Sum(axes: [0, 1, 2, 3]), padded)
    let ours = try Plan(graph, outputs: [back, parts[1], sum])
      .run(inputs: [:], workspace: Workspace(threads: 1))
    #expect(ours[0] == s([1, 3, 2, 3]))
    #expect(ours[1].values == Array(ours[0].values[6...]))
    expectClose(
      ours[2], [ours[0].values.reduce(0) { $0 + Double($1) } + 0.5 * (45 - 18)], 1e-6)
    #expect(throws: GraphError.self) { try graph.split(x, axis: 1, counts: [1, 1]) }
  }
}
