import Foundation
import Graphs
import Tensors
import Testing

/// Losses and their slopes against numbers computed with PyTorch 2.15 in double precision.
///
/// `s(n)` are the sines of 0 ..< n, as `torch.sin(torch.arange(n))`, `c(n)` the cosines.
@Suite struct TorchLossTests {
  private func s(_ shape: Shape, times: Double = 1) -> Tensor {
    Tensor(shape, (0..<shape.count).map { Float(times * sin(Double($0))) })
  }

  private func c(_ shape: Shape, step: Double = 1) -> Tensor {
    Tensor(shape, (0..<shape.count).map { Float(cos(Double($0) * step)) })
  }

  /// Expects the value of the loss and the slope of its sum at `x`.
  private func expect(
    _ truth: [Double], slope: [Double], at x: Tensor,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ loss: (inout Graph, Value) throws -> Value
  ) throws {
    var graph = Graph()
    let value = graph.input("x", x.shape)
    let result = try loss(&graph, value)
    let sum = try graph.add(Sum(axes: Array(graph.shape(of: result).dims.indices)), result)
    let gradient = try graph.gradient(of: sum, withRespectTo: [value])[0]
    let ours = try Plan(graph, outputs: [result, gradient])
      .run(inputs: ["x": x], workspace: Workspace(threads: 1))
    expectClose(ours[0], truth, 2e-6, sourceLocation: sourceLocation)
    expectClose(ours[1], slope, 2e-6, sourceLocation: sourceLocation)
  }

  @Test func binaryCrossEntropyTerms() throws {
    try expect(
      [1.3862944, 1.8533819, 0.4510826, 0.8441917, 0.8562751, 1.6440101],
      slope: [-1, 0.8432937, -0.4188077, 0.5700953, -0.4097974, -0.5578475],
      at: s([2, 3], times: 2)
    ) { graph, z in
      try graph.binaryCrossEntropyTerms(
        logits: z, targets: graph.constant(Tensor([2, 3], [1, 0, 1, 0, 1, 0.25])),
        positiveWeights: graph.constant(Tensor([3], [2, 0.5, 3])))
    }
  }

  @Test func multilabelSoftMargin() throws {
    let y = Tensor([2, 3], [1, 0, 1, 0, 1, 0])
    try expect(
      [0.8984524],
      slope: [-0.0833333, 0.140549, -0.0232671, 0.0950159, -0.1365991, 0.0213503],
      at: s([2, 3], times: 2)
    ) { try $0.multilabelSoftMargin(logits: $1, targets: $0.constant(y)) }
    try expect(
      [0.818248],
      slope: [-0.0416667, 0.140549, -0.0465342, 0.0475079, -0.1365991, 0.0427006],
      at: s([2, 3], times: 2)
    ) { graph, z in
      try graph.multilabelSoftMargin(
        logits: z, targets: graph.constant(y),
        classWeights: graph.constant(Tensor([3], [0.5, 1, 2])))
    }
  }

  private static let labels = Tensor([2, 2], [3, 0, 255, 1])

  @Test func classWeights() throws {
    try expect(
      [2.7476547],
      slope: [
        0.0838028, -0.054571, 0.5164927, 0.0139328, 0.0184463, 0.0015437, -0.6187418, 0.0390945,
        0, 0.0602923, 0, -0.2186436, 0, 0.0612706, 0, 0.0970807,
      ], at: s([2, 4, 2], times: 2)
    ) { graph, z in
      try graph.softmaxCrossEntropy(
        logits: z, labels: graph.constant(Self.labels), classWeights: [0.5, 1, 2, 3])
    }
  }

  /// `ignore_index=0`, a label of the classes: a weight of 0.
  @Test func ignoredClass() throws {
    try expect(
      [3.5178012],
      slope: [
        0.0419014, 0, 0.2582464, 0, 0.0092231, 0, -0.3093709, 0, 0.159007, 0.0904384, 0.0074053,
        -0.3279654, -0.3258169, 0.091906, 0.1594047, 0.145621,
      ], at: s([2, 4, 2], times: 2)
    ) { graph, z in
      try graph.softmaxCrossEntropy(
        logits: z, labels: graph.constant(Tensor([2, 2], [3, 0, 2, 1])),
        classWeights: [0, 1, 1, 1])
    }
    try expect([0], slope: [Double](repeating: 0, count: 16), at: s([2, 4, 2])) { graph, z in
      try graph.softmaxCrossEntropy(
        logits: z, labels: graph.constant(Tensor(zeros: [2, 2])), classWeights: [0, 1, 1, 1])
    }
  }

  @Test func crossEntropyTerms() throws {
    try expect(
      [2.6326548, 0.6755803, 0, 4.1286916],
      slope: [
        0.1257042, -0.491139, 0.7747391, 0.1253955, 0.0276694, 0.013893, -0.9281126, 0.3518504,
        0, 0.2713151, 0, -0.9838961, 0, 0.2757179, 0, 0.436863,
      ], at: s([2, 4, 2], times: 2)
    ) { try $0.softmaxCrossEntropyTerms(logits: $1, labels: $0.constant(Self.labels)) }
    var graph = Graph()
    let z = graph.input("x", [2, 4, 2])
    #expect(throws: GraphError.self) {
      try graph.softmaxCrossEntropy(logits: z, labels: z, classWeights: [1])
    }
  }

  @Test func errors() throws {
    let b = c([5])
    try expect([0.7721769], slope: [-0.2, 0.2, 0.2, 0.2, -0.2], at: s([5])) {
      try $0.absoluteError($1, $0.constant(b))
    }
    try expect(
      [0.8275125], slope: [-0.4, 0.1204675, 0.5301777, 0.452445, -0.0412635], at: s([5])
    ) { try $0.squaredError($1, $0.constant(b)) }
    try expect([0.763804], slope: [0, 0.25, 0.5, 0, -0.25], at: s([5])) { graph, x in
      let weights = graph.constant(Tensor([5], [0, 1, 2, 0, 1]))
      return try graph.absoluteError(x, graph.constant(b), weights: weights)
    }
  }

  /// `F.kl_div(..., reduction="batchmean")`, with a target of 0.
  @Test func divergence() throws {
    try expect(
      [0.9204909],
      slope: [-0.0601421, 0.06449, -0.0043479, 0.39161, -0.3849978, -0.0066122],
      at: s([2, 3], times: 2)
    ) { graph, z in
      let y = graph.constant(Tensor([2, 3], [0.2, 0.3, 0.5, 0, 0.9, 0.1]))
      return try graph.divergence(logits: z, targets: y)
    }
  }

  /// methods.md 2.4, and two elements.
  @Test func distillation() throws {
    try expect([0.703135], slope: [0.0074813], at: Tensor([1], [2])) { graph, student in
      try graph.distillation(
        student: student, teacher: graph.constant(Tensor([1], [-1])), temperature: 10)
    }
    try expect([0.7001582], slope: [0.0037407, -0.004347], at: Tensor([2], [2, -0.5])) {
      graph, student in
      try graph.distillation(
        student: student, teacher: graph.constant(Tensor([2], [-1, 3])), temperature: 10)
    }
  }

  @Test func contrastive() throws {
    let (keys, queue) = (c([2, 3]), c([4, 3], step: 0.7))
    try expect(
      [10.8750601],
      slope: [-7.3320749, -3.9428688, 3.6487618, 2.100479, 2.2136002, -1.4379014], at: s([2, 3])
    ) { graph, queries in
      try graph.contrastive(
        queries: graph.normalized(queries), keys: graph.normalized(graph.constant(keys)),
        queue: graph.normalized(graph.constant(queue)))
    }
    // A vector of zeros stays zeros, and so does its slope.
    try expect([0, 0], slope: [0, 0], at: Tensor(zeros: [1, 2])) {
      try $0.add(Scale(0), $0.normalized($1))
    }
  }
}
