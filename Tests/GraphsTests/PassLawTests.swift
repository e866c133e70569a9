import Graphs
import Tensors
import Testing

/// The law of all passes over random networks: the rewritten graph computes the same.
@Suite struct PassLawTests {
  private static let seeds: ClosedRange<UInt64> = 1...200

  @Test func evaluation() throws {
    var fused: Set<String> = []
    for seed in Self.seeds {
      var random = try RandomGraph(seed: seed, training: false, steps: 6 + Int(seed % 9))
      let outputs = random.outputs()
      let rewritten = try PassGraph.check(random.graph, outputs, seed: seed)
      fused.formUnion(rewritten.steps.filter { $0.contains("activation=") })
    }
    // The networks are rich enough to hold every pattern.
    for pattern in [
      "with=affine", "with=bias,residual activation=relu", "groups=2 with=bias", "channel_affine",
      "fused_scale_add with=residual",
    ] { #expect(fused.contains { $0.contains(pattern) }, "\(pattern) never came about") }
  }

  @Test func attribution() throws {
    for seed in Self.seeds {
      var random = try RandomGraph(seed: seed, training: false, steps: 6 + Int(seed % 7))
      let outputs = try random.attributionOutputs()
      try PassGraph.check(random.graph, outputs, seed: seed)
    }
  }

  @Test func training() throws {
    var fused: Set<String> = []
    for seed in Self.seeds {
      var random = try RandomGraph(seed: seed, training: true, steps: 6 + Int(seed % 7))
      let outputs = try random.trainingOutputs()
      let rewritten = try PassGraph.check(random.graph, outputs, seed: seed)
      fused.formUnion(rewritten.steps.filter { $0.hasPrefix("fused_batch_normalize") })
    }
    #expect(fused.contains { $0.contains("with=residual") })
    #expect(fused.contains { $0.contains("activation=relu") })
  }

  /// Placed values equal the channels of their parents, before and after rewriting.
  @Test func concatViews() throws {
    for seed in Self.seeds {
      var random = try RandomGraph(seed: seed, training: seed % 2 == 0, steps: 6 + Int(seed % 9))
      let outputs = try seed % 2 == 0 ? random.trainingOutputs() : random.outputs()
      try ConcatViewsTests.check(random.graph, outputs, seed: seed)
      let (graph, ends, _) = try Passes.optimize(random.graph, outputs: outputs)
      try ConcatViewsTests.check(graph, ends, seed: seed)
    }
  }

  /// A second round finds nothing more to fuse.
  @Test func rewritingSettles() throws {
    for seed in Self.seeds {
      var random = try RandomGraph(seed: seed, training: seed % 2 == 0, steps: 12)
      let outputs = try seed % 2 == 0 ? random.trainingOutputs() : random.outputs()
      let once = try Passes.optimize(random.graph, outputs: outputs)
      let twice = try Passes.optimize(once.graph, outputs: once.outputs)
      #expect(twice.graph.steps == once.graph.steps)
    }
  }
}
