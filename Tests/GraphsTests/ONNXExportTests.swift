import Foundation
import Graphs
import Tensors
import Testing

@Suite struct ONNXExportTests {
  /// What the standard has no exact words for: parts of training, random numbers, and the fused
  /// operators of plans, which no graph of ours holds before it is planned.
  static let inexpressible: Set<String> = [
    "adaptive_average_pool2d", "adaptive_average_pool2d_gradient", "adaptive_max_pool2d",
    "adaptive_max_pool2d_gradient", "average_pool2d_gradient", "batch_normalize_gradient",
    "channel_affine", "channel_moments", "clip_gradient", "conv2d_weight_gradient",
    "fused_batch_normalize", "fused_conv2d", "fused_scale_add", "group_normalize_gradient",
    "max_over_axis_gather", "max_over_axis_gradient", "max_pool2d_gather", "max_pool2d_gradient",
    "max_pool2d_indices", "max_unpool2d", "max_unpool2d_gradient", "one_hot",
    "resize_bilinear_gradient", "resize_nearest_gradient", "scatter_add", "uniform",
  ]

  /// Every operator comes back with the same numbers, or is refused with node and name.
  @Test(arguments: OperatorCase.all)
  func operatorsSurviveExport(_ test: OperatorCase) throws {
    let form = try CaseGraph(test)
    let bytes: [UInt8]
    do {
      bytes = try ONNX.encode(
        form.graph, outputs: [("y", form.output)], parameters: Parameters())
    } catch let error as ONNXError {
      let name = try #require(error.name)
      #expect(error == ONNXError(.inexpressible, at: error.place, name: name))
      #expect(Self.inexpressible.contains(name))
      return
    }
    let model = try ONNX.decode(bytes)
    let tensors = Parameters(
      Dictionary(uniqueKeysWithValues: test.inputs.enumerated().map { ("x\($0)", $1.tensor) }))
    let ours = try form.run([form.output], test)[0]
    #expect(distance(try #require(model.run(tensors)["y"]), ours) < 1e-5)
  }

  /// A network of ours with a skip connection, batch normalisation and a bias.
  private static func network() throws -> (graph: Graph, output: Value, parameters: Parameters) {
    var graph = Graph()
    let x = graph.input("image", [1, 2, 8, 8])
    let weight = graph.parameter("conv.weight", [4, 2, 3, 3])
    let conv = try graph.add(Conv2d(stride: 2, padding: 1), x, weight)
    let a = try graph.add(Relu(), graph.batchNorm(conv, name: "bn", training: false))
    let up = try graph.add(UpsampleNearest(), a)
    let joined = try graph.add(Concat(axis: 1), up, x)
    let logits = try graph.linear(
      graph.globalMean(joined), weight: graph.parameter("head", [3, 6]),
      bias: graph.parameter("bias", [3]))
    let output = try graph.softmax(logits)
    var numbers = TestNumbers(seed: 5)
    var parameters = Parameters()
    for (name, value) in graph.parameters {
      let shape = graph.shape(of: value)
      parameters[name] = Tensor(shape, numbers.list(shape.count, 0.1...1).map { Float($0) })
    }
    return (graph, output, parameters)
  }

  @Test func networksComeBackNodeForNode() throws {
    let (graph, output, parameters) = try Self.network()
    let bytes = try ONNX.encode(graph, outputs: [("y", output)], parameters: parameters)
    #expect(try ONNX.encode(graph, outputs: [("y", output)], parameters: parameters) == bytes)
    let model = try ONNX.decode(bytes)
    #expect(model.parameters == parameters)
    func operators(_ graph: Graph) -> [String] {
      graph.nodes.compactMap {
        guard case .operation(let op, _) = $0.source else { return nil }
        return type(of: op).name + " " + op.attributes
      }
    }
    #expect(operators(model.graph).sorted() == operators(graph).sorted())
  }

  @Test func whatNothingNeedsIsNotWritten() throws {
    var (graph, output, parameters) = try Self.network()
    _ = graph.parameter("unused", [5])
    _ = try graph.add(OneHot(classes: 2), output)
    let bytes = try ONNX.encode(
      graph, outputs: [("y", output), ("again", output)], parameters: parameters)
    let model = try ONNX.decode(bytes)
    #expect(model.outputs.map(\.name) == ["y", "again"])
    #expect(model.parameters == parameters)
    parameters["head"] = nil
    #expect(throws: GraphError.self) {
      _ = try ONNX.encode(graph, outputs: [("y", output)], parameters: parameters)
    }
  }

  @Test func refusalsNameTheNode() throws {
    var graph = Graph()
    let x = graph.input("x", [4])
    let hot = try graph.add(OneHot(classes: 3), x)
    #expect(throws: ONNXError(.inexpressible, at: .node(1), name: "one_hot")) {
      _ = try ONNX.encode(graph, outputs: [("y", hot)], parameters: Parameters())
    }
    #expect(throws: ONNXError(.duplicateName, at: .node(0), name: "x")) {
      let y = try graph.add(Relu(), x)
      _ = try ONNX.encode(graph, outputs: [("x", y)], parameters: Parameters())
    }
  }
}
