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

  /// The portable plan has the bits of the naive run, the planned one its numbers; neither
  /// changes with the threads or from run to run.
  @Test(arguments: [true, false]) func planEqualsNaiveRun(portable: Bool) throws {
    let (graph, outputs, parameters) = try Self.network()
    let naive = try Self.naiveRun(graph, outputs, Self.inputs, parameters)
    let plan = try Plan(graph, outputs: outputs, options: PlanOptions(portable: portable))
    let prepared = try plan.prepare(parameters)
    let first = try plan.run(
      inputs: Self.inputs, parameters: parameters, workspace: Workspace(threads: 1))
    for (ours, truth) in zip(first, naive) {
      if portable {
        #expect(ours.values.map(\.bitPattern) == truth.values.map(\.bitPattern))
      } else {
        expectClose(ours, truth.values.map { Double($0) }, 1e-5)
      }
    }
    for threads in [1, 2, 3] {
      let space = Workspace(threads: threads)
      for _ in 0..<2 {
        let ours = try plan.run(inputs: Self.inputs, parameters: parameters, workspace: space)
        let again = try plan.run(inputs: Self.inputs, prepared: prepared, workspace: space)
        for list in [ours, again] {
          #expect(
            list.map { $0.values.map(\.bitPattern) } == first.map { $0.values.map(\.bitPattern) })
        }
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
    let portable = try Plan(graph, outputs: [y], options: PlanOptions(portable: true))
    #expect(portable.peakBytes == 8000)
    // Two buffers of 1,000 floats, each rounded up to whole cache lines.
    #expect(try Plan(graph, outputs: [y]).peakBytes == 2 * 4 * 1008)
    let limited = PlanOptions(memoryLimit: 8000)
    #expect(throws: GraphError(.memoryLimit, needed: 8064, allowed: 8000)) {
      _ = try Plan(graph, outputs: [y], options: limited)
    }
  }

  /// Fast convolutions are taken only where they are asked for, in both directions.
  @Test func convolutionsAreFastOnlyWhereAsked() throws {
    var graph = Graph()
    let x = graph.input("x", [1, 8, 36, 36])
    let w = graph.parameter("w", [8, 8, 3, 3])
    let y = try graph.add(Conv2d(padding: 1), x, w)
    let sum = try graph.add(Sum(axes: [0, 1, 2, 3]), graph.add(Square(), y))
    let dx = try graph.gradient(of: sum, withRespectTo: [x])[0]
    let image = Tensor([1, 8, 36, 36], (0..<10368).map { Float($0 % 29) / 29 })
    let weights = Parameters(["w": Tensor([8, 8, 3, 3], (0..<576).map { Float($0 % 11) - 5 })])
    var results: [[Tensor]] = []
    for (choice, count) in [(ConvolutionChoice.exact, 0), (.standard, 0), (.fast, 2)] {
      let plan = try Plan(graph, outputs: [y, dx], options: PlanOptions(convolutions: choice))
      let steps = "\(plan)".split(separator: "\n").filter { $0.contains("conv winograd6 ") }
      #expect(steps.count == count)
      results.append(
        try plan.run(
          inputs: ["x": image], parameters: weights, workspace: Workspace(threads: 2)))
    }
    for other in results.dropFirst() {
      for (truth, ours) in zip(results[0], other) {
        expectClose(ours, truth.values.map(Double.init), 3e-5)
      }
    }
  }

  /// NaN and infinity are found when asked, and named by the node that made them.
  @Test func numbersAreChecked() throws {
    var graph = Graph()
    let x = graph.input("x", [2, 1, 2, 2])
    let y = try graph.add(Log(), x)
    let z = try graph.add(Conv2d(), y, graph.parameter("w", [1, 1, 1, 1]))
    let weights = Parameters(["w": Tensor([1, 1, 1, 1], [1])])
    let plan = try Plan(graph, outputs: [z], options: PlanOptions(checkNumerics: true))
    func run(_ value: Float) throws {
      let image = Tensor([2, 1, 2, 2], [1, 1, 1, 1, 1, 1, 1, value])
      _ = try plan.run(
        inputs: ["x": image], parameters: weights, workspace: Workspace(threads: 1))
    }
    #expect(throws: Never.self) { try run(2) }
    for wrong: Float in [-1, 0, .nan, .infinity] {
      #expect(throws: GraphError(.notFinite, at: y.index)) { try run(wrong) }
    }
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
