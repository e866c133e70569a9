import Graphs
import Tensors
import Testing

import Localization

/// The fixtures of methods 0.2: two 2 x 2 maps, weights (1, -.5), bias .1, logit .6.
@Suite struct GradCAMPlusPlusTests {
  private static let maps = Tensor([1, 2, 2, 2], [1, 0, 2, 1, 0, 3, 1, 0])
  /// Of the logit with respect to the maps, everywhere the weight over 4.
  private static let constant: [Float] =
    [0.25, 0.25, 0.25, 0.25] + [-0.125, -0.125, -0.125, -0.125]
  private static let varying: [Float] = [0.5, -0.25, 0.1, 0.2, -0.3, 0.4, 0.05, 0]

  private func near(_ a: [Float], _ b: [Float], within bound: Float = 1e-6) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < bound }
  }

  /// Alpha and weights of a form for a gradient that is given.
  private func parts(
    _ form: PlusPlusForm, slope: [Float], maps: Tensor = maps
  ) throws -> (alpha: [Float], weights: [Float]) {
    var graph = Graph()
    let activations = graph.input("maps", maps.shape)
    let gradient = graph.input("slope", maps.shape)
    let outputs = [
      try form.alpha(slope: gradient, activations: activations, in: &graph),
      try form.weights(slope: gradient, activations: activations, in: &graph),
    ]
    let results = try Plan(graph, outputs: outputs).run(
      inputs: ["maps": maps, "slope": Tensor(maps.shape, slope)],
      workspace: Workspace(threads: 1))
    return (results[0].values, results[1].values)
  }

  private func map(
    _ method: any Localizer.Type, of maps: Tensor = maps, weights: [Float] = [1, -0.5],
    bias: Float = 0.1
  ) throws -> [Float] {
    var graph = Graph()
    let features = graph.input("features", maps.shape)
    graph.tap("features", features)
    let weight = graph.parameter("w", [1, weights.count])
    graph.tap(
      "logits",
      try graph.linear(
        graph.globalMean(features), weight: weight, bias: graph.parameter("b", [1])))
    let map = try method.map(of: 0, in: &graph)
    #expect(graph.shape(of: map) == [2, 2])
    return try Plan(graph, outputs: [map]).run(
      inputs: ["features": maps],
      parameters: Parameters(["w": Tensor([1, weights.count], weights), "b": Tensor([1], [bias])]),
      workspace: Workspace(threads: 1))[0].values
  }

  @Test func gradCAMWeightsAreMeansOfTheGradient() throws {
    for (slope, expected) in [
      (Self.constant, [0.25, -0.125] as [Float]), (Self.varying, [0.1375, 0.0375]),
    ] {
      var graph = Graph()
      let gradient = graph.input("slope", [1, 2, 2, 2])
      let weights = try GradientClassActivationMap.weights(of: gradient, in: &graph)
      let result = try Plan(graph, outputs: [weights]).run(
        inputs: ["slope": Tensor([1, 2, 2, 2], slope)], workspace: Workspace(threads: 1))
      #expect(near(result[0].values, expected))
    }
  }

  @Test func closedForm() throws {
    let third = [Float](repeating: 1.0 / 3, count: 4)
    let parts = try parts(.closed, slope: Self.constant)
    #expect(near(parts.alpha, third + third.map { 2 * $0 }))
    // Times exp(.6) these are (.607373, 0).
    #expect(near(parts.weights.map { $0 * 1.8221188 }, [0.607373, 0]))
    #expect(near(try map(GradCAMPlusPlus.self), [0.607373, 0, 1.214746, 0.607373]))
  }

  @Test func epsilonForm() throws {
    // The card rounds 1/3; 1e-6 in the denominator takes 1.8e-6 of it.
    let even = try parts(.epsilon, slope: Self.constant)
    #expect(near(even.weights, [0.333333, 0], within: 2e-6))
    let uneven = try parts(.epsilon, slope: Self.varying)
    #expect(near(uneven.weights, [0.238093, 0.133834]))
    let cells = zip([1, 0, 2, 1] as [Float], [0, 3, 1, 0] as [Float]).map {
      uneven.weights[0] * $0 + uneven.weights[1] * $1
    }
    #expect(near(cells, [0.238093, 0.401502, 0.61002, 0.238093]))
    #expect(near(try map(GradCAMPlusPlusEpsilon.self), [0.5, 0, 1, 0.5]))
  }

  @Test func epsilonFormIsStretchedFromItsLeastToItsLargest() throws {
    var graph = Graph()
    let map = graph.input("map", [2, 2])
    let stretched = try PlusPlusForm.stretched(map, in: &graph)
    let plan = try Plan(graph, outputs: [stretched])
    func run(_ values: [Float]) throws -> [Float] {
      try plan.run(
        inputs: ["map": Tensor([2, 2], values)], workspace: Workspace(threads: 1))[0].values
    }
    #expect(near(try run([0.238093, 0.401502, 0.61002, 0.238093]), [0, 0.439358, 1, 0]))
    #expect(try run([3, 3, 3, 3]) == [0, 0, 0, 0])
  }

  @Test func exponentialForm() throws {
    let slope = Self.constant.map { $0 * 1.8221188 }
    let even = try parts(.exponential, slope: slope)
    let alpha = [Float](repeating: 0.261635, count: 4) + [Float](repeating: 0.918324, count: 4)
    #expect(near(even.alpha, alpha))
    #expect(near(even.weights, [0.47673, 0]))
    #expect(near(try map(GradCAMPlusPlusExponential.self), [0.47673, 0, 0.95346, 0.47673]))
    let uneven = try parts(.exponential, slope: Self.varying)
    #expect(near(uneven.weights, [0.240511, 0.125604]))
  }

  @Test func alphaIsZeroWhereItsDenominatorIs() throws {
    // No gradient at all; and 2 + S g = 0 with S = 4, g = -.5.
    for form in [PlusPlusForm.closed, .epsilon, .exponential] {
      let parts = try parts(form, slope: [Float](repeating: 0, count: 8))
      #expect(parts.alpha.allSatisfy { $0 == 0 } && parts.weights == [0, 0])
    }
    let none = try parts(.closed, slope: [Float](repeating: -0.5, count: 8))
    #expect(none.alpha.allSatisfy { $0 == 0 })
    // Gradients whose cube is no float any more.
    let tiny = try parts(.closed, slope: [Float](repeating: 1e-30, count: 8))
    #expect(near(tiny.alpha, [Float](repeating: 0.5, count: 8)))
  }

  @Test func negativeCellsStayInTheExponentialFormAlone() throws {
    let maps = Tensor([1, 1, 2, 2], [-1, 2, 3, 4])
    for (method, isCut) in [
      (GradCAMPlusPlus.self as any Localizer.Type, true), (GradCAMPlusPlusExponential.self, false),
    ] {
      let cells = try map(method, of: maps, weights: [1], bias: 0)
      #expect(isCut ? cells[0] == 0 : cells[0] < 0)
      #expect(cells[3] > 0)
    }
  }

  @Test func aLogitOutOfBoundsLeavesAFiniteMap() throws {
    for method in [GradCAMPlusPlus.self as any Localizer.Type, GradCAMPlusPlusExponential.self] {
      for bias in [-1000, 1000] as [Float] {
        let cells = try map(method, bias: bias)
        #expect(cells.allSatisfy { $0.isFinite })
      }
    }
  }
}
