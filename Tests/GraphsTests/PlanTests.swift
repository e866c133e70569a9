import Graphs
import Tensors
import Testing

@Suite struct PlanTests {
  /// A small network with a loss and its gradients: skip connection, pooling, normalisation.
  static func network() throws -> (graph: Graph, outputs: [Value], parameters: Parameters) {
    var graph = Graph()
    let image = graph.input("image", [2, 1, 8, 8])
    let target = graph.input("target", [2, 1])
    let first = graph.parameter("first", [4, 1, 3, 3])
    let second = graph.parameter("second", [4, 4, 3, 3])
    let head = graph.parameter("head", [1, 4])
    let a = try graph.add(Conv2d(padding: 1), image, first)
    let b = try graph.add(Relu(), graph.batchNorm(a, name: "bn", training: true))
    let c = try graph.add(Add(), graph.add(Conv2d(padding: 1), b, second), b)
    let d = try graph.add(MaxPool2d(), c)
    let logits = try graph.linear(graph.globalMean(d), weight: head, bias: nil)
    let loss = try graph.binaryCrossEntropy(logits: logits, targets: target)
    let trained = graph.parameters.map(\.value)
    let outputs = [loss] + (try graph.gradient(of: loss, withRespectTo: trained))
    var numbers = TestNumbers(seed: 3)
    var parameters = Parameters()
    for (name, value) in graph.parameters {
      let shape = graph.shape(of: value)
      parameters[name] = Tensor(shape, numbers.list(shape.count).map { Float($0) })
    }
    return (graph, outputs, parameters)
  }

  static var inputs: [String: Tensor] {
    var numbers = TestNumbers(seed: 4)
    return [
      "image": Tensor([2, 1, 8, 8], numbers.list(128).map { Float($0) }),
      "target": Tensor([2, 1], [1, 0]),
    ]
  }

  /// Every node in order, nothing left out, nothing recycled.
  static func naiveRun(
    _ graph: Graph, _ outputs: [Value], _ inputs: [String: Tensor], _ parameters: Parameters
  ) throws -> [Tensor] {
    let values = try naiveValues(graph, inputs, parameters)
    return outputs.map { values[$0.index] }
  }

  /// The value of every node.
  static func naiveValues(
    _ graph: Graph, _ inputs: [String: Tensor], _ parameters: Parameters
  ) throws -> [Tensor] {
    var values: [Tensor] = []
    for node in graph.nodes {
      switch node.source {
      case .input(let name): values.append(try #require(inputs[name]))
      case .parameter(let name): values.append(try #require(parameters[name]))
      case .constant(let tensor): values.append(tensor)
      case .operation(let op, let inputs):
        values.append(op.forward(inputs.map { values[$0.index] }, in: Workspace(threads: 1)))
      }
    }
    return values
  }

  @Test func planEqualsNaiveRunBitForBit() throws {
    let (graph, outputs, parameters) = try Self.network()
    let naive = try Self.naiveRun(graph, outputs, Self.inputs, parameters)
    let plan = try Plan(graph, outputs: outputs)
    for threads in [1, 2] {
      let space = Workspace(threads: threads)
      for _ in 0..<3 {
        let ours = try plan.run(inputs: Self.inputs, parameters: parameters, workspace: space)
        #expect(
          ours.map { $0.values.map(\.bitPattern) } == naive.map { $0.values.map(\.bitPattern) })
      }
    }
  }

  @Test func onlyWhatIsWantedRuns() throws {
    var graph = Graph()
    let x = graph.input("x", [4])
    _ = graph.input("unused", [4])
    let y = try graph.add(Square(), x)
    _ = try graph.add(Exp(), y)
    let plan = try Plan(graph, outputs: [y])
    #expect(plan.inputNames == ["x"])
    let ours = try plan.run(
      inputs: ["x": Tensor([4], [1, 2, 3, 4])], workspace: Workspace(threads: 1))
    #expect(ours[0].values == [1, 4, 9, 16])
  }

  /// A chain needs two buffers at once; a reshape needs none.
  @Test func peakIsKnownBeforeTheRun() throws {
    var graph = Graph()
    let x = graph.input("x", [1000])
    var y = try graph.add(Square(), x)
    for _ in 0..<5 {
      y = try graph.add(Relu(), graph.add(Reshape([10, 100]), y))
      y = try graph.add(Reshape([1000]), y)
    }
    #expect(try Plan(graph, outputs: [y]).peakBytes == 8000)
  }

  /// A value that is output and also read later, or asked for twice, is not recycled.
  @Test func outputsSurvive() throws {
    var graph = Graph()
    let x = graph.input("x", [3])
    let a = try graph.add(Square(), x)
    let b = try graph.add(Reshape([3, 1]), a)
    let c = try graph.add(Exp(), graph.add(Scale(0), b))
    let ours = try Plan(graph, outputs: [a, b, c, a, x])
      .run(inputs: ["x": Tensor([3], [1, 2, 3])], workspace: Workspace(threads: 1))
    #expect(ours.map(\.values) == [[1, 4, 9], [1, 4, 9], [1, 1, 1], [1, 4, 9], [1, 2, 3]])
  }

  @Test func wrongInputsAreNamed() throws {
    let (graph, outputs, parameters) = try Self.network()
    let plan = try Plan(graph, outputs: outputs)
    let space = Workspace(threads: 1)
    func code(_ inputs: [String: Tensor], _ parameters: Parameters) -> GraphError.Code? {
      do {
        _ = try plan.run(inputs: inputs, parameters: parameters, workspace: space)
        return nil
      } catch { return (error as? GraphError)?.code }
    }
    var missing = Self.inputs
    missing["target"] = nil
    #expect(code(missing, parameters) == .missingInput)
    var misshapen = Self.inputs
    misshapen["target"] = Tensor(zeros: [2])
    #expect(code(misshapen, parameters) == .inputShape)
    #expect(code(Self.inputs, Parameters()) == .missingParameter)
    var wrong = parameters
    wrong["head"] = Tensor(zeros: [4, 1])
    #expect(code(Self.inputs, wrong) == .parameterShape)
    #expect(code(Self.inputs, parameters) == nil)
  }
}
