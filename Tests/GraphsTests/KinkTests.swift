import Graphs
import Tensors
import Testing

/// Slopes and values where operators have kinks, ties or odd input; numbers from PyTorch 2.15.
@Suite struct KinkTests {
  private func slopes(
    _ inputs: [Tensor], _ build: (inout Graph, [Value]) throws -> Value
  ) throws -> [Tensor] {
    var graph = Graph()
    let values = inputs.enumerated().map { graph.input("x\($0.offset)", $0.element.shape) }
    let y = try build(&graph, values)
    let sum = try graph.add(Sum(axes: Array(graph.shape(of: y).dims.indices)), y)
    let gradients = try graph.gradient(of: sum, withRespectTo: values)
    let named = inputs.enumerated().map { ("x\($0.offset)", $0.element) }
    return try Plan(graph, outputs: [y] + gradients)
      .run(inputs: Dictionary(uniqueKeysWithValues: named), workspace: Workspace(threads: 1))
  }

  @Test func subgradients() throws {
    let x = Tensor([3], [-2, 0, 3])
    #expect(try slopes([x]) { try $0.add(Abs(), $1[0]) }[1].values == [-1, 0, 1])
    let clipped = try slopes([x]) { try $0.add(Clip(min: -2, max: 2), $1[0]) }
    #expect(clipped[0].values == [-2, 0, 2])
    #expect(clipped[1].values == [1, 1, 0])
    let pair = [Tensor([3], [1, 2, 3]), Tensor([3], [3, 2, 1])]
    let larger = try slopes(pair) { try $0.add(Maximum(), $1) }
    #expect(larger[1].values == [0, 0.5, 1])
    #expect(larger[2].values == [1, 0.5, 0])
    let smaller = try slopes(pair) { try $0.add(Minimum(), $1) }
    #expect(smaller[1].values == [1, 0.5, 0])
    #expect(smaller[2].values == [0, 0.5, 1])
  }

  @Test func tiesGoToTheFirst() throws {
    let x = Tensor([2, 3], [1, 4, 4, 7, 7, 7])
    #expect(
      try slopes([x]) { try $0.add(MaxOverAxis(axis: 1), $1[0]) }[1].values == [0, 1, 0, 1, 0, 0])
    let plane = Tensor([1, 1, 2, 2], [5, 5, 5, 5])
    #expect(try slopes([plane]) { try $0.add(MaxPool2d(), $1[0]) }[1].values == [1, 0, 0, 0])
    #expect(try slopes([plane]) { try $0.add(MaxPool2dIndices(), $1[0]) }[0].values == [0])
  }

  @Test func notANumberIsNotHidden() throws {
    let x = Tensor([3], [.nan, 1, .nan])
    let y = Tensor([3], [1, .nan, .nan])
    for result in [
      try slopes([x, y]) { try $0.add(Maximum(), $1) }[0],
      try slopes([x, y]) { try $0.add(Minimum(), $1) }[0],
    ] {
      #expect(result.values.allSatisfy { $0.isNaN })
    }
    let z = try slopes([x]) { try $0.add(Clip(min: 0, max: 1), $1[0]) }[0]
    #expect(z.values.map { $0.isNaN } == [true, false, true])
    let top = try slopes([Tensor([1, 3], x.values)]) { try $0.add(MaxOverAxis(axis: 1), $1[0]) }[0]
    #expect(top.scalar.isNaN)
  }

  /// methods.md card 3: [[1, 5], [3, 2]] gives 5 at index 1, and back [[0, 5], [0, 0]].
  @Test func unpoolFixture() throws {
    var graph = Graph()
    let x = graph.constant(Tensor([1, 1, 2, 2], [1, 5, 3, 2]))
    let pooled = try graph.add(MaxPool2d(), x)
    let indices = try graph.add(MaxPool2dIndices(), x)
    let back = try graph.add(MaxUnpool2d(height: 2, width: 2), pooled, indices)
    let odd = graph.constant(Tensor([1, 1, 1, 3], [-1, 0.5, 4]))
    let nothing = try graph.add(MaxUnpool2d(height: 2, width: 2), odd, odd)
    let ours = try Plan(graph, outputs: [pooled, indices, back, nothing])
      .run(inputs: [:], workspace: Workspace(threads: 1))
    #expect(ours[0].values == [5])
    #expect(ours[1].values == [1])
    #expect(ours[2].values == [0, 5, 0, 0])
    #expect(ours[3].values == [0, 0, 0, 0])
  }

  /// Gathers of as many entries are told apart, in print and by the passes of a plan.
  @Test func indexListsAreToldApart() throws {
    var graph = Graph()
    let x = graph.input("x", [4])
    let lists = [[0, 1], [1, 0], [2, 3], [0, 1]]
    let values = try lists.map { try graph.add(Gather(axis: 0, indices: $0), x) }
    let texts = lists.map { Gather(axis: 0, indices: $0).attributes }
    #expect(Set(texts).count == 3 && texts[0] == texts[3])
    let ours = try Plan(graph, outputs: values)
      .run(inputs: ["x": Tensor([4], [5, 6, 7, 8])], workspace: Workspace(threads: 1))
    #expect(ours.map(\.values) == [[5, 6], [6, 5], [7, 8], [5, 6]])
  }

  @Test func badIndicesAreRefused() throws {
    var graph = Graph()
    let x = graph.input("x", [2, 3])
    #expect(throws: GraphError(.attribute, at: 1)) {
      _ = try graph.add(Gather(axis: 1, indices: [0, 3]), x)
    }
    #expect(throws: GraphError(.attribute, at: 1)) {
      _ = try graph.add(Gather(axis: 2, indices: [0]), x)
    }
    #expect(throws: GraphError(.attribute, at: 1)) {
      _ = try graph.add(ScatterAdd(axis: 1, indices: [0, -1, 1], extent: 4), x)
    }
    #expect(throws: GraphError(.shape, at: 1)) {
      _ = try graph.add(ScatterAdd(axis: 1, indices: [0, 1], extent: 4), x)
    }
  }
}
