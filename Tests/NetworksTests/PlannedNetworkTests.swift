import Graphs
import Networks
import Tensors
import Testing

@Suite struct PlannedNetworkTests {
  /// What runs has no batch normalisation left, and gives features and logits as the plain
  /// operators do, normalisation by itself.
  static func checkPlanning(
    _ spec: NetworkSpec, _ parameters: Parameters, _ shape: Shape
  ) throws {
    let image = NetworkTests.image(shape, seed: 9)
    let graph = try spec.build(
      batch: shape[0], inputSize: (shape[2], shape[3]), training: false)
    let outputs = [graph.taps["features"], graph.taps["logits"]].compactMap { $0 }
    let planned = try Plan(graph, outputs: outputs)
    #expect(!planned.rewritten.nodes.indices.contains { isNormalization(planned.rewritten, $0) })
    let plain = try Plan(graph, outputs: outputs, options: PlanOptions(portable: true))
    let results = try [plain, planned].map {
      try $0.run(
        inputs: ["image": image], parameters: parameters, workspace: Workspace(threads: 1))
    }
    #expect(results[0].count == outputs.count && !outputs.isEmpty)
    for (a, b) in zip(results[0], results[1]) {
      #expect(a.shape == b.shape)
      let size = a.values.map(abs).max() ?? 0
      let worst = zip(a.values, b.values).map { abs($0 - $1) / size }.max() ?? .infinity
      #expect(size > 0 && worst < 1e-4)
    }
  }

  private static func isNormalization(_ graph: Graph, _ index: Int) -> Bool {
    guard case .operation(let op, _) = graph.nodes[index].source else { return false }
    return op is BatchNormalize || op is FusedBatchNormalize
  }

  private static func planned(_ parameters: Parameters) throws -> PlannedNetwork {
    try PlannedNetwork(
      NetworkTests.classifier, parameters: parameters, batch: 2, inputSize: (12, 16)
    ) { graph in
      [try #require(graph.taps["logits"])]
    }
  }

  /// Weights packed once serve all workers at the same time.
  @Test func workersShareOne() async throws {
    let network = try Self.planned(NetworkTests.parameters(NetworkTests.classifier))
    let images = (0..<16).map { NetworkTests.image([2, 1, 12, 16], seed: UInt64($0)) }
    let alone = try images.map { try network.run($0, using: Workspace(threads: 1))[0] }
    #expect(Set(alone.map(\.values)).count == images.count)
    let together = try await withThrowingTaskGroup(of: (Int, Tensor).self) { group in
      for (index, image) in images.enumerated() {
        group.addTask { (index, try network.run(image, using: Workspace(threads: 1))[0]) }
      }
      return try await group.reduce(into: [Int: Tensor]()) { $0[$1.0] = $1.1 }
    }
    #expect(images.indices.allSatisfy { together[$0] == alone[$0] })
  }

  @Test func whatDoesNotFitIsRefused() throws {
    var parameters = try NetworkTests.parameters(NetworkTests.classifier)
    let network = try Self.planned(parameters)
    #expect(network.inputShape == [2, 1, 12, 16])
    #expect(throws: ModelError(.inputSize)) {
      _ = try network.run(
        NetworkTests.image([1, 1, 12, 16], seed: 1), using: Workspace(threads: 1))
    }
    parameters["extra"] = Tensor(scalar: 1)
    #expect(throws: ModelError(.weights)) { _ = try Self.planned(parameters) }
    parameters["extra"] = nil
    parameters["head.bias"] = nil
    #expect(throws: ModelError(.weights)) { _ = try Self.planned(parameters) }
  }
}
