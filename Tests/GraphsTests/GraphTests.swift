import Graphs
import Tensors
import Testing

@Suite struct GraphTests {
  @Test func textIsOneNodeALine() throws {
    var graph = Graph()
    let image = graph.input("image", [1, 2, 4, 4])
    let weight = graph.parameter("w", [3, 2, 3, 3])
    let y = try graph.add(Relu(), graph.add(Conv2d(stride: 2, padding: 1), image, weight))
    graph.tap("features", y)
    let half = graph.constant(0.5)
    let loss = try graph.add(Sum(axes: [0, 1, 2, 3]), graph.add(Multiply(), y, half))
    _ = try graph.gradient(of: loss, withRespectTo: [weight])
    #expect(
      graph.description == """
        %0 = input image : 1x2x4x4
        %1 = parameter w : 3x2x3x3
        %2 = conv2d(%0, %1) stride=2 padding=1 dilation=1 : 1x3x2x2
        %3 = relu(%2) : 1x3x2x2
        %4 = constant 0.5 : scalar
        %5 = multiply(%3, %4) : 1x3x2x2
        %6 = sum(%5) axes=0,1,2,3 : scalar
        %7 = constant 1.0 : scalar
        %8 = reshape(%7) : 1x1x1x1
        %9 = broadcast(%8) : 1x3x2x2
        %10 = multiply(%9, %4) : 1x3x2x2
        %11 = multiply(%9, %3) : 1x3x2x2
        %12 = sum(%11) axes=0,1,2,3 : scalar
        %13 = rectifier_gradient(%3, %10) slope=0.0 : 1x3x2x2
        %14 = conv2d_input_gradient(%13, %1) stride=2 padding=1 dilation=1 : 1x2x4x4
        %15 = conv2d_weight_gradient(%0, %13) stride=2 padding=1 dilation=1 : 3x2x3x3
        tap features = %3

        """)
  }

  @Test func shapesAreCheckedWhenANodeIsAdded() throws {
    var graph = Graph()
    let a = graph.input("a", [2, 3])
    let b = graph.input("b", [2, 4])
    #expect(throws: GraphError(.shape, at: 2)) { _ = try graph.add(Add(), a, b) }
    #expect(throws: GraphError(.inputCount, at: 2)) { _ = try graph.add(Relu(), a, b) }
    #expect(throws: GraphError(.attribute, at: 2)) { _ = try graph.add(Sum(axes: [2]), a) }
    #expect(throws: GraphError(.shape, at: 2)) { _ = try graph.add(Reshape([5]), a) }
    #expect(throws: GraphError(.shape, at: 2)) { _ = try graph.add(Conv2d(), a, b) }
    let other = Graph()
    #expect(throws: GraphError(.foreignValue)) { _ = try Plan(other, outputs: [a]) }
    #expect(graph.nodes.count == 2)
  }

  /// methods.md 0.2: Grad-CAM is the gradient of a logit with respect to an intermediate value.
  @Test func gradCAMFixture() throws {
    var graph = Graph()
    let image = graph.input("image", [1, 2, 2, 2])
    let features = try graph.add(Relu(), image)
    let weight = graph.constant(Tensor([1, 2], [1, -0.5]))
    let bias = graph.constant(Tensor([1], [0.1]))
    let logits = try graph.linear(graph.globalMean(features), weight: weight, bias: bias)
    let score = try graph.add(Reshape([]), logits)
    let slope = try graph.gradient(of: score, withRespectTo: [features])[0]
    let alpha = try graph.add(Reshape([1, 2, 1, 1]), graph.globalMean(slope))
    let sum = try graph.add(Sum(axes: [1]), graph.add(Multiply(), alpha, features))
    let map = try graph.add(Relu(), sum)
    let input = Tensor([1, 2, 2, 2], [1, 0, 2, 1, 0, 3, 1, 0])
    let ours = try Plan(graph, outputs: [score, alpha, map])
      .run(inputs: ["image": input], workspace: Workspace(threads: 1))
    expectClose(ours[0], [0.6], 1e-6)
    expectClose(ours[1], [0.25, -0.125], 1e-7)
    expectClose(ours[2], [0.25, 0, 0.375, 0.25], 1e-7)
  }

  /// The gradient with respect to the statistics themselves is not lost by the fused node.
  @Test func statisticsCanBeATarget() throws {
    var graph = Graph()
    let x = graph.input("x", [2, 1, 1, 2])
    let gamma = graph.constant(Tensor([1], [2]))
    let beta = graph.constant(Tensor([1], [0]))
    let statistics = try graph.add(BatchStatistics(), x)
    let y = try graph.add(BatchNormalize(epsilon: 0), x, statistics, gamma, beta)
    let loss = try graph.add(Sum(axes: [0, 1, 2, 3]), y)
    let slope = try graph.gradient(of: loss, withRespectTo: [statistics])[0]
    let ours = try Plan(graph, outputs: [slope]).run(
      inputs: ["x": Tensor([2, 1, 1, 2], [1, 3, 1, 3])], workspace: Workspace(threads: 1))
    // d/dmean of sum 2 (x - mean) / 1 over four cells; the deviations cancel for the variance.
    expectClose(ours[0], [-8, 0], 1e-6)
  }

  @Test func gradientOfWhatDoesNotDependIsZero() throws {
    var graph = Graph()
    let x = graph.input("x", [2])
    let z = graph.input("z", [3])
    let stopped = try graph.add(Detach(), graph.add(Square(), x))
    let loss = try graph.add(Sum(axes: [0]), graph.add(Multiply(), stopped, x))
    let slopes = try graph.gradient(of: loss, withRespectTo: [x, z, loss])
    let inputs = ["x": Tensor([2], [2, 3]), "z": Tensor(zeros: [3])]
    let ours = try Plan(graph, outputs: slopes).run(
      inputs: inputs, workspace: Workspace(threads: 1))
    #expect(ours[0].values == [4, 9])
    #expect(ours[1].values == [0, 0, 0])
    #expect(ours[2].values == [1])
    #expect(throws: GraphError(.notScalar, at: x.index)) {
      _ = try graph.gradient(of: x, withRespectTo: [x])
    }
  }
}
