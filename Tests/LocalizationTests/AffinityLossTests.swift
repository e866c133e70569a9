import Foundation
import Graphs
import Localization
import Tensors
import Testing

/// The losses of IRNet against PyTorch's autograd in double precision, on numbers that
/// Tests/tools/make_irnet_vectors.py repeats.
@Suite struct AffinityLossTests {
  static let index = try? PathIndex(radius: 3, rows: 16, columns: 16)

  private static func edge() -> Tensor {
    Tensor([2, 1, 16, 16], (0..<512).map { Float(2 * sin(1.7 * Double($0) + 0.1)) })
  }

  private static func field() -> Tensor {
    Tensor([2, 2, 16, 16], (0..<1024).map { Float(3 * cos(0.9 * Double($0) + 0.3)) })
  }

  private static func labels(_ vector: AffinityVector) -> [[UInt8]] {
    vector.labels.map { text in
      text.utf8.map { $0 == UInt8(ascii: ".") ? PairMasks.ignore : $0 - UInt8(ascii: "0") }
    }
  }

  private static func numbers(_ text: String) -> [Double] {
    text.split(whereSeparator: \.isWhitespace).compactMap { Double($0) }
  }

  /// Total, four terms, both slopes.
  private static func run(
    _ labels: [[UInt8]], threads: Int, edge: Tensor = edge(), field: Tensor = field()
  ) throws -> [Tensor] {
    let index = try #require(Self.index)
    var graph = Graph()
    let edgeValue = graph.input("edge", edge.shape)
    let fieldValue = graph.input("field", field.shape)
    let pairs = PairSets(index: index, images: labels.count, in: &graph)
    let losses = try graph.affinityLosses(
      edge: edgeValue, displacement: fieldValue, pairs: pairs, index: index)
    let slopes = try graph.gradient(
      of: losses.total, withRespectTo: [edgeValue, fieldValue])
    let plan = try Plan(
      graph,
      outputs: [
        losses.total, losses.positive, losses.different, losses.foreground, losses.background,
      ] + slopes)
    let workspace = Workspace(threads: threads)
    var inputs = try PairMasks(labels: labels, index: index, using: workspace).inputs
    inputs["edge"] = edge
    inputs["field"] = field
    return try plan.run(inputs: inputs, workspace: workspace)
  }

  @Test(arguments: [AffinityVector.objects, .empty])
  func lossesAndSlopesAreTorchs(_ vector: AffinityVector) throws {
    let results = try Self.run(Self.labels(vector), threads: 1)
    for (ours, truth) in zip(results.prefix(5).map(\.scalar), vector.losses) {
      #expect(abs(Double(ours) - truth) < 1e-6 * max(1, abs(truth)))
    }
    for (slope, text) in zip(results.suffix(2), [vector.edgeSlope, vector.fieldSlope]) {
      let truth = Self.numbers(text)
      try #require(truth.count == slope.values.count)
      let largest = truth.reduce(0) { max($0, abs($1)) }
      let worst = zip(slope.values, truth).reduce(0.0) { max($0, abs(Double($1.0) - $1.1)) }
      #expect(largest > 1e-3)
      #expect(worst < 2e-6 * largest, "\(worst) of \(largest)")
    }
  }

  @Test(arguments: [AffinityVector.objects, .empty])
  func pairsAreThoseOfTheLabels(_ vector: AffinityVector) throws {
    let index = try #require(Self.index)
    let masks = try PairMasks(
      labels: Self.labels(vector), index: index, using: Workspace(threads: 2))
    let sets = [masks.background, masks.foreground, masks.different]
    #expect(sets.map { Int($0.values.reduce(0, +)) } == vector.pairs)
    #expect(sets.allSatisfy { $0.shape == [12, 14 * 12 * 2] })
  }

  @Test func nothingKnownIsNoLoss() throws {
    let unknown = [[UInt8]](repeating: [UInt8](repeating: 255, count: 256), count: 2)
    let results = try Self.run(unknown, threads: 1)
    for result in results { #expect(result.values.allSatisfy { $0 == 0 }) }
  }

  /// Edges so sure that single precision says 0 and 1.
  @Test func certainEdgesStayFinite() throws {
    let labels = Self.labels(.objects)
    for value: Float in [-200, 200] {
      let edge = Tensor([2, 1, 16, 16], [Float](repeating: value, count: 512))
      let results = try Self.run(labels, threads: 1, edge: edge)
      #expect(results.allSatisfy { $0.values.allSatisfy(\.isFinite) })
      let rest = Float(-log(1e-5))
      #expect(abs(results[value > 0 ? 1 : 2].scalar - rest) < 0.01)
    }
  }

  @Test func bitsDoNotDependOnThreads() throws {
    let labels = Self.labels(.objects)
    let one = try Self.run(labels, threads: 1)
    for threads in [2, 3, 8] { #expect(try Self.run(labels, threads: threads) == one) }
  }

  @Test func labelsAreReducedAtTheCentres() {
    var labels = [UInt8](repeating: 0, count: 8 * 12)
    labels[2 * 12 + 2] = 1
    labels[2 * 12 + 10] = 2
    labels[6 * 12 + 6] = 255
    labels[0] = 9
    #expect(
      PairMasks.reduced(labels, height: 8, width: 12, to: (2, 3)) == [1, 0, 2, 0, 255, 0])
  }

  @Test func wrongSizesAreRefused() throws {
    let index = try #require(Self.index)
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try PairMasks(labels: [[0, 1]], index: index, using: Workspace(threads: 1))
    }
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try PairMasks(labels: [], index: index, using: Workspace(threads: 1))
    }
    var graph = Graph()
    let edge = graph.input("edge", [1, 1, 16, 12])
    #expect(throws: GraphError.self) { _ = try graph.boundaries(edge: edge, index: index) }
  }
}
