import Graphs
import Localization
import Networks
import Tensors
import Testing
import Training

/// One step of IRNet's training.
@Suite struct AffinityGraphTests {
  static let network = NetworkSpec.irNet(
    IRNet(
      trunk: .vgg(
        VGGTrunk(
          inChannels: 1,
          blocks: [
            .init([4]), .init([4]), .init([6], pool: .keep), .init([6], dilation: 2, pool: .none),
          ], batchNorm: true), extra: [6]),
      edgeWidth: 4, width: 8))

  private static func graph(batch: Int = 2) throws -> AffinityGraph {
    try AffinityGraph(network: network, batch: batch, inputSize: (48, 40), radius: 3)
  }

  private static func images(_ shape: Shape, seed: UInt64) -> [Float] {
    var source = RandomSource(seed: seed)
    return (0..<shape.count).map { _ in Float(source.normal()) }
  }

  /// A square of class 1, a frame of unknown pixels, background.
  private static func labels(_ shift: Int) -> [UInt8] {
    (0..<48 * 40).map { pixel in
      let (row, column) = (pixel / 40 - 8 - shift, pixel % 40 - 10)
      if (0..<24).contains(row) && (0..<20).contains(column) { return 1 }
      return (-4..<28).contains(row) && (-4..<24).contains(column) ? 255 : 0
    }
  }

  @Test func stepsTrainTheHeadsAlone() throws {
    let graph = try Self.graph()
    #expect(graph.imageShape == [2, 1, 48, 40])
    #expect(graph.index.rows == 12 && graph.index.columns == 10)
    #expect(!graph.trained.isEmpty && graph.trained.allSatisfy { $0.hasPrefix("fc_") })
    let parameters = try Self.network.initialParameters(seed: 3)
    let images = Self.images(graph.imageShape, seed: 4)
    let outcome = try graph.run(
      images: images, labels: [Self.labels(0), Self.labels(8)], parameters: parameters,
      workspace: Workspace(threads: 1))
    #expect(outcome.loss.isFinite && outcome.loss > 0)
    #expect(outcome.statistics.isEmpty)
    #expect(outcome.gradients.names == graph.trained.sorted())
    for name in graph.trained {
      let gradient = try #require(outcome.gradients[name])
      #expect(gradient.shape == parameters[name]?.shape)
      #expect(gradient.values.allSatisfy { $0.isFinite })
      #expect(gradient.values.contains { $0 != 0 }, "\(name)")
    }
  }

  /// Small steps down the gradient bring the loss down.
  @Test func lossFallsAlongTheGradient() throws {
    let graph = try Self.graph()
    var parameters = try Self.network.initialParameters(seed: 3)
    let images = Self.images(graph.imageShape, seed: 4)
    let labels = [Self.labels(0), Self.labels(8)]
    let workspace = Workspace(threads: 2)
    var losses: [Float] = []
    for _ in 0..<12 {
      let outcome = try graph.run(
        images: images, labels: labels, parameters: parameters, workspace: workspace)
      losses.append(outcome.loss)
      for name in graph.trained {
        guard let slope = outcome.gradients[name], let old = parameters[name] else { continue }
        parameters[name] = Tensor(
          old.shape, zip(old.values, slope.values).map { $0 - 0.05 * $1 })
      }
    }
    #expect(losses[11] < 0.95 * losses[0], "\(losses)")
  }

  @Test func emptySetsOfPairsAddNothing() throws {
    let graph = try Self.graph()
    let parameters = try Self.network.initialParameters(seed: 3)
    let images = Self.images(graph.imageShape, seed: 4)
    func run(_ label: UInt8) throws -> (TrainingGraph.Outcome, AffinityGraph.Terms) {
      let map = [UInt8](repeating: label, count: 48 * 40)
      return try graph.runWithTerms(
        images: images, labels: [map, map], parameters: parameters,
        workspace: Workspace(threads: 1))
    }
    let (plain, terms) = try run(0)
    #expect(terms.different == 0 && terms.foreground == 0 && terms.background > 0)
    #expect(abs(plain.loss - (terms.positive + terms.background) / 2) < 1e-5)
    let (object, parts) = try run(1)
    #expect(parts.different == 0 && parts.background == 0 && parts.foreground > 0)
    #expect(object.gradients.names == plain.gradients.names)
    let (unknown, none) = try run(255)
    #expect(unknown.loss == 0)
    #expect(
      [none.positive, none.different, none.foreground, none.background].allSatisfy { $0 == 0 })
    for name in graph.trained {
      #expect(plain.gradients[name]?.values.allSatisfy { $0.isFinite } == true)
      #expect(unknown.gradients[name]?.values.allSatisfy { $0 == 0 } == true)
    }
  }

  @Test func bitsDoNotDependOnThreads() throws {
    let graph = try Self.graph()
    let parameters = try Self.network.initialParameters(seed: 3)
    let images = Self.images(graph.imageShape, seed: 4)
    func run(_ threads: Int) throws -> TrainingGraph.Outcome {
      try graph.run(
        images: images, labels: [Self.labels(0), Self.labels(8)], parameters: parameters,
        workspace: Workspace(threads: threads))
    }
    let one = try run(1)
    for threads in [2, 3] {
      let more = try run(threads)
      #expect(more.loss == one.loss && more.gradients == one.gradients)
    }
  }

  @Test func badInputIsRefused() throws {
    #expect(throws: TrainingError(.recipe)) {
      _ = try AffinityGraph(
        network: .vggGAP(.init(widths: [[4]])), batch: 1, inputSize: (48, 40), radius: 3)
    }
    #expect(throws: LocalizationError(.inputSize)) {
      _ = try AffinityGraph(network: Self.network, batch: 1, inputSize: (48, 40), radius: 10)
    }
    #expect(throws: ModelError(.inputSize)) {
      _ = try AffinityGraph(network: Self.network, batch: 1, inputSize: (46, 40), radius: 3)
    }
    let graph = try Self.graph()
    let parameters = try Self.network.initialParameters(seed: 3)
    let images = Self.images(graph.imageShape, seed: 4)
    func refuse(_ images: [Float], _ labels: [[UInt8]], at place: Int? = nil) {
      #expect(throws: GraphError(.inputShape, at: place)) {
        _ = try graph.run(
          images: images, labels: labels, parameters: parameters,
          workspace: Workspace(threads: 1))
      }
    }
    refuse(images, [Self.labels(0)])
    refuse([], [Self.labels(0), Self.labels(8)])
    refuse(images, [Self.labels(0), [0, 1]], at: 1)
  }
}
