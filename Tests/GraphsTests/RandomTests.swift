import Graphs
import Tensors
import Testing

@Suite struct RandomTests {
  /// The known answers that come with Random123 for Philox 4x32-10.
  @Test func knownAnswers() {
    let ones = UInt32.max
    #expect(
      Philox.block(SIMD4(repeating: ones), key: SIMD2(repeating: ones))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      Philox.block(
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: SIMD2(0xa409_3822, 0x299f_31d0))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  private func run(
    _ graph: Graph, _ outputs: [Value], _ state: RandomState, gamma: Float = 0, threads: Int = 1
  ) throws -> [Tensor] {
    try Plan(graph, outputs: outputs).run(
      inputs: ["random": state.tensor, "gamma": Tensor(scalar: gamma)],
      workspace: Workspace(threads: threads))
  }

  /// Any state can be taken up again: only seed, step and stream count.
  @Test func statesAndStreams() throws {
    var graph = Graph()
    let random = graph.randomState()
    let a = try graph.uniform([50_001], random: random)
    let b = try graph.uniform([50_001], random: random)
    var state = RandomState(seed: 0xfedc_ba98_7654_3210)
    let first = try run(graph, [a, b], state)
    #expect(try run(graph, [a, b], state, threads: 3) == first)
    state.advance()
    let second = try run(graph, [a, b], state)
    let resumed = RandomState(seed: 0xfedc_ba98_7654_3210, step: 1)
    #expect(try run(graph, [a, b], resumed) == second)
    let seeds = [RandomState(seed: 0xfedc_ba98_7654_3211), RandomState(seed: 1, step: 1 << 40)]
    let all = try first + second + seeds.flatMap { try run(graph, [a, b], $0) }
    for (i, x) in all.enumerated() {
      for y in all[..<i] { #expect(x.values[..<100] != y.values[..<100]) }
      let mean = x.values.reduce(0.0) { $0 + Double($1) } / 50_001
      let square = x.values.reduce(0.0) { $0 + Double($1) * Double($1) } / 50_001
      // Five standard errors: .00129 of the mean, .00133 of the mean square.
      #expect(abs(mean - 0.5) < 0.0065)
      #expect(abs(square - 1.0 / 3) < 0.0067)
      #expect(x.values.allSatisfy { (0..<1).contains($0) })
    }
  }

  @Test func dropoutKeepsTheMean() throws {
    var graph = Graph()
    let x = graph.constant(Tensor([100, 400], [Float](repeating: 2, count: 40_000)))
    let y = try graph.dropout(x, rate: 0.3, random: graph.randomState())
    let sum = try graph.add(Sum(axes: [0, 1]), y)
    let slope = try graph.gradient(of: sum, withRespectTo: [x])[0]
    let ours = try run(graph, [y, slope], RandomState(seed: 5))
    let kept = ours[0].values.filter { $0 != 0 }
    // Five standard errors of a share of .7 of 40,000 are .0115.
    #expect(abs(Double(kept.count) / 40_000 - 0.7) < 0.0115)
    #expect(kept.allSatisfy { abs($0 - 2 / 0.7) < 1e-6 })
    #expect(zip(ours[0].values, ours[1].values).allSatisfy { abs($0 - 2 * $1) < 1e-6 })
    #expect(throws: GraphError.self) { try graph.dropout(x, rate: 1, random: x) }
  }

  /// One share for each sample, the same for all its elements; it moves with the step.
  @Test func blendsLieBetween() throws {
    var graph = Graph()
    let a = graph.constant(Tensor([64, 1, 2, 3], [Float](repeating: 3, count: 384)))
    let b = graph.constant(Tensor([64, 1, 2, 3], [Float](repeating: 1, count: 384)))
    let y = try graph.randomBlend(a, b, random: graph.randomState())
    var state = RandomState(seed: 8)
    let first = try run(graph, [y], state)[0].values
    state.advance()
    #expect(try run(graph, [y], state)[0].values != first)
    let shares = (0..<64).map { first[6 * $0] }
    #expect(first.enumerated().allSatisfy { $0.element == shares[$0.offset / 6] })
    #expect(shares.allSatisfy { (1..<3).contains($0) })
    #expect(Set(shares).count == 64)
  }

  /// methods.md 0.3.
  @Test func dropBlockRates() {
    func expect(_ gamma: Float, _ truth: Float) { #expect(abs(gamma / truth - 1) < 1e-5) }
    let (seven, three) = (DropBlock(size: 7), DropBlock(size: 3))
    let original = DropBlock(size: 7, rule: .original)
    expect(seven.gamma(rate: 0.2, height: 64, width: 64), 0.00408163)
    expect(original.gamma(rate: 0.2, height: 64, width: 64), 0.00496979)
    expect(seven.gamma(rate: 0.3, height: 44, width: 44), 0.00612245)
    expect(original.gamma(rate: 0.3, height: 44, width: 44), 0.00820849)
    expect(three.gamma(rate: 0.1, height: 8, width: 8), 0.0111111)
    expect(DropBlock(size: 3, rule: .original).gamma(rate: 0.1, height: 8, width: 8), 0.0197531)
  }

  /// The mask against squares painted from the numbers that were drawn.
  @Test(arguments: [
    DropBlock(size: 3), DropBlock(size: 4), DropBlock(size: 3, rule: .original),
    DropBlock(size: 4, rule: .original), DropBlock(size: 1),
  ])
  func dropBlockMask(_ block: DropBlock) throws {
    var graph = Graph()
    let shape: Shape = [3, 2, 9, 11]
    let x = graph.constant(Tensor(shape, (0..<shape.count).map { Float($0) + 1 }))
    let gamma = graph.input("gamma", [])
    let random = graph.randomState()
    let y = try graph.dropBlock(x, block, gamma: gamma, random: random)
    let numbers = try #require(drawn(graph, y))
    let ours = try run(graph, [numbers, y], RandomState(seed: 11), gamma: 0.03)
    let field = ours[0].shape
    var keep = [Float](repeating: 1, count: 3 * 9 * 11)
    // A seed at s drops s - (b - 1) + b/2 ... s + b/2.
    let inset = block.rule == .original ? (block.size - 1) / 2 : 0
    var seeds = 0
    for n in 0..<3 {
      for row in 0..<field[2] {
        for column in 0..<field[3] where ours[0][n, 0, row, column] < 0.03 {
          seeds += 1
          for i in 0..<block.size {
            for j in 0..<block.size {
              let r = row + inset + block.size / 2 - i
              let c = column + inset + block.size / 2 - j
              if (0..<9).contains(r), (0..<11).contains(c) { keep[(n * 9 + r) * 11 + c] = 0 }
            }
          }
        }
      }
    }
    #expect(seeds > 0)
    let left = keep.reduce(0, +)
    let truth = (0..<shape.count).map { index -> Double in
      let cell = index / 198 * 99 + index % 99
      return Double((Float(index) + 1) * keep[cell]) * 297 / Double(left)
    }
    expectClose(ours[1], truth, 1e-6)
    if block.rule == .original {
      // Whole squares only: the corner is dropped by the one seed next to it.
      #expect(field == [3, 1, 10 - block.size, 12 - block.size])
    }
  }

  /// methods.md 0.3: (1 - gamma)^(b b) of the interior is kept: .8184 for p .2, b 7.
  @Test func dropBlockShare() throws {
    var graph = Graph()
    let block = DropBlock(size: 7)
    let mask = try graph.dropBlockMask(
      [40, 1, 64, 64], block, gamma: graph.input("gamma", []), random: graph.randomState())
    let gamma = block.gamma(rate: 0.2, height: 64, width: 64)
    let ours = try run(graph, [mask], RandomState(seed: 3), gamma: gamma)[0]
    var sum = 0.0
    for n in 0..<40 {
      for row in 3..<61 { for column in 3..<61 { sum += Double(ours[n, 0, row, column]) } }
    }
    // Squares make cells depend on each other: about 40 * 58 * 58 / 49 free ones, .0074 a standard
    // error.
    #expect(abs(sum / (40 * 58 * 58) - 0.8184) < 0.03)
    let none = try run(graph, [mask], RandomState(seed: 3), gamma: 0)[0]
    #expect(none.values.allSatisfy { $0 == 1 })
  }

  /// The uniform numbers that a value depends on.
  private func drawn(_ graph: Graph, _ value: Value) -> Value? {
    if graph.op(of: value) is Uniform { return value }
    for input in graph.inputs(of: value) {
      if let found = drawn(graph, input) { return found }
    }
    return nil
  }
}
