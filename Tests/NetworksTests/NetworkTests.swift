import Foundation
import Graphs
import Networks
import Tensors
import Testing

@Suite struct NetworkTests {
  static let classifier = NetworkSpec.vggGAP(.init(widths: [[4, 4], [8]], outputs: 2))
  static let plain = NetworkSpec.vggGAP(.init(widths: [[4], [6]], batchNorm: false))
  static let segmenter = NetworkSpec.uNet(.init(width: 4, depth: 2))
  static let all = [classifier, plain, segmenter]

  static func image(_ shape: Shape, seed: UInt64) -> Tensor {
    var source = RandomSource(seed: seed)
    return Tensor(shape, (0..<shape.count).map { _ in Float(source.normal()) })
  }

  /// Parameters with running averages away from 0 and 1, so that their use is seen.
  static func parameters(_ spec: NetworkSpec) throws -> Parameters {
    var parameters = try spec.initialParameters(seed: 3)
    var source = RandomSource(seed: 4)
    for name in parameters.names where parameters[name]?.shape.rank == 1 {
      guard let old = parameters[name] else { continue }
      parameters[name] = Tensor(old.shape, old.values.map { $0 + Float(source.uniform()) })
    }
    return parameters
  }

  @Test func tapsAndShapes() throws {
    let graph = try Self.classifier.build(batch: 3, inputSize: (16, 12), training: true)
    #expect(graph.taps["logits"].map(graph.shape(of:)) == [3, 2])
    #expect(graph.taps["features"].map(graph.shape(of:)) == [3, 8, 8, 6])
    #expect(graph.taps["bn.stage0.bn1.statistics"].map(graph.shape(of:)) == [2, 4])
    #expect(graph.parameters.allSatisfy { !NetworkSpec.isRunning($0.name) })
    let unet = try Self.segmenter.build(batch: 1, inputSize: (16, 8), training: false)
    #expect(unet.taps["logits"].map(unet.shape(of:)) == [1, 1, 16, 8])
    #expect(unet.taps["features"].map(unet.shape(of:)) == [1, 4, 16, 8])
  }

  /// Counted by hand: 3 x 3 weights, two per normalised channel, and the head.
  @Test func parameterCounts() throws {
    let conv = 9 * (1 * 4 + 4 * 4 + 4 * 8)
    #expect(try Self.classifier.parameterCount() == conv + 2 * (4 + 4 + 8) + 2 * 8 + 2)
    #expect(try Self.plain.parameterCount() == 9 * (4 + 24) + 4 + 6 + 6 + 1)
    let down = 9 * (4 + 16 + 32 + 64) + 2 * (4 + 4 + 8 + 8)
    let bottom = 9 * (8 * 16 + 16 * 16) + 2 * 32
    let up = 9 * (24 * 8 + 64 + 12 * 4 + 16) + 2 * (8 + 8 + 4 + 4)
    #expect(try Self.segmenter.parameterCount() == down + bottom + up + 4 + 1)
  }

  @Test(arguments: all) func jsonRoundTrip(_ spec: NetworkSpec) throws {
    let data = try JSONEncoder().encode(spec)
    #expect(try JSONDecoder().decode(NetworkSpec.self, from: data) == spec)
  }

  @Test func jsonNamesTheKind() throws {
    let text = """
      {"kind": "vgg-gap", "inChannels": 2, "widths": [[16, 16], [32]], "outputs": 1,
       "batchNorm": true}
      """
    let spec = try JSONDecoder().decode(NetworkSpec.self, from: Data(text.utf8))
    #expect(spec == .vggGAP(.init(inChannels: 2, widths: [[16, 16], [32]])))
    let other = Data("{\"kind\": \"transformer\"}".utf8)
    #expect(throws: DecodingError.self) {
      _ = try JSONDecoder().decode(NetworkSpec.self, from: other)
    }
  }

  @Test func layoutsOutOfBoundsAreRefused() {
    let bad: [NetworkSpec] = [
      .vggGAP(.init(widths: [])), .vggGAP(.init(widths: [[]])), .vggGAP(.init(widths: [[0]])),
      .vggGAP(.init(widths: [[1 << 40]])), .vggGAP(.init(widths: [[4]], poolsAfter: [3])),
      .vggGAP(.init(inChannels: 0, widths: [[4]])), .vggGAP(.init(widths: [[4]], outputs: -1)),
      .uNet(.init(width: 4, depth: 60)), .uNet(.init(width: 0, depth: 2)),
    ]
    for spec in bad {
      #expect(throws: ModelError(.specification)) {
        _ = try spec.build(batch: 1, inputSize: (64, 64), training: false)
      }
    }
    #expect(throws: ModelError(.inputSize)) {
      _ = try Self.segmenter.build(batch: 1, inputSize: (10, 8), training: false)
    }
    #expect(throws: ModelError(.inputSize)) {
      _ = try Self.classifier.build(batch: 0, inputSize: (8, 8), training: false)
    }
  }

  @Test(arguments: all) func planningKeepsTheResult(_ spec: NetworkSpec) throws {
    try PlannedNetworkTests.checkPlanning(spec, Self.parameters(spec), [2, 1, 16, 16])
  }

  @Test func initialParametersAreHeNormalAndRepeat() throws {
    let spec = NetworkSpec.vggGAP(.init(widths: [[64], [64]]))
    let parameters = try spec.initialParameters(seed: 11)
    #expect(parameters == (try spec.initialParameters(seed: 11)))
    #expect(parameters != (try spec.initialParameters(seed: 12)))
    let weights = try #require(parameters["stage1.conv0.weight"]).values.map(Double.init)
    let mean = weights.reduce(0, +) / Double(weights.count)
    let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(weights.count)
    #expect(abs(mean) < 0.002)
    #expect(abs(variance / (2.0 / 576) - 1) < 0.05)
    #expect(parameters["stage1.bn0.running_var"]?.values.allSatisfy { $0 == 1 } == true)
    #expect(parameters["head.bias"]?.values == [0])
  }

  /// Computed by a second implementation (Python): the stream must never change.
  @Test func randomStreamIsFixed() {
    var source = RandomSource(seed: 1, stream: "a")
    var again = RandomSource(seed: 1, stream: "a")
    var other = RandomSource(seed: 1, stream: "b")
    let first = (0..<3).map { _ in source.next() }
    #expect(first == [0xe788_649b_8bc6_c687, 0xaf33_8c59_77fa_ae4d, 0xeaa8_c08e_9766_5a6f])
    #expect(first == (0..<3).map { _ in again.next() })
    #expect(first != (0..<3).map { _ in other.next() })
    #expect((0..<1000).allSatisfy { _ in (0..<1).contains(source.uniform()) })
  }

  /// A few steps of plain descent on one batch reduce the loss, with the same bits for any
  /// number of threads.
  @Test(arguments: [(classifier, Shape([4, 2])), (segmenter, Shape([4, 1, 16, 16]))])
  func descentReducesTheLoss(_ spec: NetworkSpec, _ targets: Shape) throws {
    func losses(threads: Int) throws -> [Float] {
      var graph = try spec.build(batch: 4, inputSize: (16, 16), training: true)
      let logits = try #require(graph.taps["logits"])
      let target = graph.input("target", targets)
      let loss = try graph.binaryCrossEntropy(logits: logits, targets: target)
      let trained = graph.parameters
      let slopes = try graph.gradient(of: loss, withRespectTo: trained.map(\.value))
      let plan = try Plan(graph, outputs: [loss] + slopes)
      var parameters = try spec.initialParameters(seed: 5)
      let image = Self.image([4, 1, 16, 16], seed: 6)
      let source = targets == image.shape ? image : Self.image(targets, seed: 7)
      let answer = source.values.map { $0 > 0 ? Float(1) : 0 }
      let inputs = ["image": image, "target": Tensor(targets, answer)]
      let space = Workspace(threads: threads)
      return try (0..<40).map { _ in
        let results = try plan.run(inputs: inputs, parameters: parameters, workspace: space)
        for (index, (name, _)) in trained.enumerated() {
          for (i, slope) in results[index + 1].values.enumerated() {
            parameters[name]?.values[i] -= 0.5 * slope
          }
        }
        return results[0].scalar
      }
    }
    let one = try losses(threads: 1)
    #expect(one[39] < 0.7 * one[0])
    #expect(one == (try losses(threads: 2)))
  }
}
