import Graphs
import Tensors

/// Blocks of networks, before any pass.
enum PassBlocks {
  /// Basic block with a downsampled shortcut: He et al. 2015.
  static func residualBlock() throws -> (Graph, [Value]) {
    var graph = Graph()
    let x = graph.input("x", [1, 2, 8, 8])
    let w1 = graph.parameter("conv1.weight", [4, 2, 3, 3])
    let w2 = graph.parameter("conv2.weight", [4, 4, 3, 3])
    let w3 = graph.parameter("down.weight", [4, 2, 1, 1])
    let a = try graph.add(Conv2d(stride: 2, padding: 1), x, w1)
    let b = try graph.add(Relu(), graph.batchNorm(a, name: "bn1", training: false))
    let c = try graph.add(Conv2d(padding: 1), b, w2)
    let d = try graph.batchNorm(c, name: "bn2", training: false)
    let s = try graph.add(Conv2d(stride: 2), x, w3)
    let e = try graph.batchNorm(s, name: "down.bn", training: false)
    let y = try graph.add(Relu(), graph.add(Add(), d, e))
    graph.tap("features", y)
    return (graph, [y])
  }

  /// Layer of a dense block: Huang et al. 2017.
  static func denseLayer() throws -> (Graph, [Value]) {
    var graph = Graph()
    let x = graph.input("x", [1, 4, 8, 8])
    let w1 = graph.parameter("conv1.weight", [8, 4, 1, 1])
    let w2 = graph.parameter("conv2.weight", [2, 8, 3, 3])
    let a = try graph.add(Relu(), graph.batchNorm(x, name: "norm1", training: false))
    let b = try graph.add(Conv2d(), a, w1)
    let c = try graph.add(Relu(), graph.batchNorm(b, name: "norm2", training: false))
    let y = try graph.add(Concat(axis: 1), x, graph.add(Conv2d(padding: 1), c, w2))
    return (graph, [y])
  }

  /// End of a squeeze-and-excitation block: Hu et al. 2018.
  static func squeezeBlock() throws -> (Graph, [Value]) {
    var graph = Graph()
    let x = graph.input("x", [1, 4, 8, 8])
    let w = graph.parameter("conv.weight", [4, 4, 3, 3])
    let a = try graph.batchNorm(
      graph.add(Conv2d(padding: 1), x, w), name: "bn", training: false)
    let mean = try graph.add(Reshape([1, 4, 1, 1]), graph.globalMean(a))
    let down = try graph.add(
      Relu(),
      graph.add(
        Conv2d(), mean, graph.parameter("fc1.weight", [2, 4, 1, 1]),
        graph.parameter("fc1.bias", [2])))
    let up = try graph.add(
      Conv2d(), down, graph.parameter("fc2.weight", [4, 2, 1, 1]),
      graph.parameter("fc2.bias", [4]))
    let scaled = try graph.add(Multiply(), a, graph.add(Sigmoid(), up))
    let y = try graph.add(Relu(), graph.add(Add(), scaled, x))
    return (graph, [y])
  }

  /// The end of a residual block in training, with the gradient of its weight.
  static func trainedBlock() throws -> (Graph, [Value]) {
    var graph = Graph()
    let x = graph.input("x", [2, 2, 4, 4])
    let w = graph.parameter("conv.weight", [2, 2, 3, 3])
    let a = try graph.batchNorm(
      graph.add(Conv2d(padding: 1), x, w), name: "bn", training: true)
    let y = try graph.add(Relu(), graph.add(Add(), a, x))
    let loss = try graph.mean(y)
    let gradients = try graph.gradient(of: loss, withRespectTo: [w])
    return (graph, [loss] + gradients)
  }
}
