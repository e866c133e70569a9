import Graphs
import Tensors
import Testing

/// Operators without effect, equal nodes, and what is kept for whoever asked for it.
@Suite struct CleanupTests {
  @Test func identitiesVanish() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    var y = try form.add(Reshape([2, 3, 4, 4]), x)
    y = try form.add(Scale(1), form.add(Offset(0), form.add(Detach(), y)))
    y = try form.add(Slice(axis: 1, start: 0, count: 3), y)
    y = try form.add(Embed(axis: 2, start: 0, total: 4), y)
    y = try form.add(Permute([0, 1, 2, 3]), form.add(BroadcastTo([2, 3, 4, 4]), y))
    y = try form.add(Concat(axis: 1), form.add(Sum(axes: []), y))
    #expect(try form.optimized(form.add(Sigmoid(), y)) == ["sigmoid"])
    let (graph, outputs, _) = try Passes.optimize(form.graph, outputs: [y, x])
    #expect(graph.description == "%0 = input input1 : 2x3x4x4\n")
    #expect(outputs[0] == outputs[1])
  }

  @Test func whatHasAnEffectStays() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    for y in [
      try form.add(Scale(1.5), x), try form.add(Offset(0.5), x),
      try form.add(Slice(axis: 1, start: 1, count: 2), x),
      try form.add(Embed(axis: 1, start: 1, total: 4), x), try form.add(Permute([0, 1, 3, 2]), x),
      try form.add(Concat(axis: 1), x, x), try form.add(Reshape([6, 16]), x),
      try form.add(BroadcastTo([2, 2, 3, 4, 4]), x),
    ] { #expect(try form.optimized(y).count == 1) }
  }

  @Test func reshapesJoin() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let a = try form.add(Reshape([6, 16]), x)
    let b = try form.add(Reshape([96]), a)
    let c = try form.add(Reshape([2, 48]), b)
    #expect(try form.optimized(c) == ["reshape"])
    #expect(try form.optimized(form.add(Reshape([2, 3, 4, 4]), c)) == [])
    #expect(try form.optimized(a, c) == ["reshape", "reshape"])
  }

  @Test func slicesOfAConcatenationAreItsParts() throws {
    var form = PassGraph()
    let (a, b) = (form.input([2, 3, 2, 2]), form.input([2, 2, 2, 2]))
    let all = try form.add(Concat(axis: 1), a, b)
    let part = try form.add(Slice(axis: 1, start: 3, count: 2), all)
    #expect(try form.optimized(form.add(Square(), part)) == ["square"])
    let across = try form.add(Slice(axis: 1, start: 2, count: 2), all)
    #expect(try form.optimized(across).count == 2)
    let other = try form.add(Slice(axis: 0, start: 0, count: 2), all)
    #expect(try form.optimized(other) == ["concat axis=1"])
  }

  @Test func equalNodesMerge() throws {
    var form = PassGraph()
    let x = form.input([2, 3])
    let one = try form.add(Multiply(), form.add(Scale(2), x), form.graph.constant(3))
    let two = try form.add(Multiply(), form.add(Scale(2), x), form.graph.constant(3))
    #expect(try form.optimized(form.sum(one, two)) == ["scale factor=2.0", "multiply", "add"])
    // The shape of a reshape is no printed attribute, and 0 is not -0.
    let a = try form.add(Sum(axes: [0, 1]), form.add(Reshape([3, 2]), x))
    let b = try form.add(Sum(axes: [0, 1]), form.add(Reshape([1, 6]), x))
    #expect(try form.optimized(form.sum(a, b)).count == 5)
    let zero = try form.add(Divide(), x, form.graph.constant(0))
    let minus = try form.add(Divide(), x, form.graph.constant(-0.0))
    #expect(try Passes.optimize(form.graph, outputs: [zero, minus]).graph.steps.count == 2)
  }

  @Test func mergedNodesCountAsReadTwice() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let weight = form.parameter([3, 3, 3, 3])
    let a = try form.relu(form.add(Conv2d(padding: 1), x, weight))
    let b = try form.add(Sigmoid(), form.add(Conv2d(padding: 1), x, weight))
    #expect(try form.optimized(a, b).filter { $0.hasPrefix("conv2d") }.count == 1)
  }

  @Test func deadNodesAndTheirTapsVanish() throws {
    var form = PassGraph()
    let x = form.input([2, 3])
    let dead = try form.relu(form.input([4]))
    let y = try form.add(Scale(2), x)
    form.graph.tap("dead", dead)
    form.graph.tap("logits", y)
    form.graph.tap("same", try form.add(Detach(), y))
    let (graph, outputs, report) = try Passes.optimize(form.graph, outputs: [y])
    #expect(graph.taps == ["logits": outputs[0]])
    #expect(graph.nodes.count == 2)
    #expect(report.map(\.count).reduce(0, +) == 0)
    #expect(report.first?.description == "identities: 0 replaced, 2 nodes")
  }

  @Test func countsAreReported() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let y = try form.relu(form.sum(form.norm(form.conv(x, 3)), form.add(Detach(), x)))
    let report = try Passes.optimize(form.graph, outputs: [y]).report
    let counts = report.filter { $0.count > 0 }.map { "\($0.name) \($0.count)" }
    #expect(
      counts == [
        "identities 1", "known normalization 1", "residual 1", "activations 1", "identities 4",
      ])
  }

  @Test func parametersAloneAreKnown() throws {
    var form = PassGraph()
    let (x, w) = (form.input([2, 3]), form.parameter([2, 3]))
    let known = try form.add(Scale(2), form.add(Multiply(), w, form.graph.constant(3)))
    let mixed = try form.sum(x, known)
    let flags = parameterOnly(form.graph)
    #expect(flags[w.index] && flags[known.index] && !flags[x.index] && !flags[mixed.index])
    #expect(form.graph.dependsOnInputs == flags.map { !$0 })
  }

  @Test func foreignOutputsAreRefused() throws {
    var form = PassGraph()
    let x = try form.relu(form.input([2]))
    #expect(throws: GraphError(.foreignValue)) {
      _ = try Passes.optimize(Graph(), outputs: [x])
    }
  }
}
