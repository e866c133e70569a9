import Graphs
import Localization
import Networks
import Tensors

/// The plan of one training step of IRNet (Ahn, Cho, Kwak 2019; card 0.5): the losses of
/// `AffinityLosses` and their gradient for the heads. The trunk keeps its weights and running
/// averages, and no gradient reaches it.
package struct AffinityGraph: Sendable {
  /// The single terms of the last line of `AffinityLosses`, for a log.
  package struct Terms: Sendable, Hashable {
    package let positive: Float
    package let different: Float
    package let foreground: Float
    package let background: Float
  }

  /// [N, C, H, W] of the images.
  package let imageShape: Shape
  /// The pairs on the grid of the outputs.
  package let index: PathIndex
  /// The parameters that a step moves, in the order of the layers.
  package let trained: [String]
  private let plan: Plan

  /// - Parameters:
  ///   - network: an IRNet.
  ///   - radius: of the pairs, in cells; `PathIndex.trainingRadius` as published.
  /// Throws `TrainingError(.recipe)` for another network, `ModelError`, `GraphError`, and
  /// `LocalizationError` where radius and grid do not fit.
  package init(
    network: NetworkSpec, batch: Int, inputSize: (height: Int, width: Int), radius: Int
  ) throws {
    guard case .irNet = network else { throw TrainingError(.recipe) }
    var graph = try network.build(batch: batch, inputSize: inputSize, training: true)
    guard let edge = graph.taps["edge"], let field = graph.taps["displacement"] else {
      throw TrainingError(.recipe)
    }
    let grid = graph.shape(of: edge)
    index = try PathIndex(radius: radius, rows: grid[2], columns: grid[3])
    imageShape = [batch, network.inChannels, inputSize.height, inputSize.width]
    let pairs = PairSets(index: index, images: batch, in: &graph)
    let losses = try graph.affinityLosses(
      edge: edge, displacement: field, pairs: pairs, index: index)
    let parameters = graph.parameters.filter { network.trains($0.name) }
    let gradients = try graph.gradient(
      of: losses.total, withRespectTo: parameters.map(\.value))
    trained = parameters.map(\.name)
    let terms = [losses.positive, losses.different, losses.foreground, losses.background]
    plan = try Plan(graph, outputs: [losses.total] + gradients + terms)
  }

  /// Bytes of intermediate tensors of one step, as the plan counts them (`Plan.peakBytes`): at
  /// radius 10 on 128 x 128 cells the paths alone take 112 MB an image.
  package var peakBytes: Int { plan.peakBytes }

  /// The same with packed weights, the images, and the three sets of pairs.
  package var plannedBytes: Int {
    let pairs = PairMasks.shape(index, images: imageShape[0]).count
    return plan.peakBytes + plan.preparedBytes + 4 * (imageShape.count + 3 * pairs)
  }

  /// The loss and the gradients of one batch; there are no statistics to follow.
  ///
  /// - Parameters:
  ///   - images: the values of `imageShape`.
  ///   - labels: a map an image, of the size of the image, row-major: 0 background, 1 and more
  ///     classes, 255 (`PairMasks.ignore`) unknown.
  /// A set of pairs that is empty adds 0 to the loss. Throws `GraphError(.inputShape)` for a
  /// batch of another size, with the number of the label map, and `.missingParameter` or
  /// `.parameterShape`.
  package func run(
    images: [Float], labels: [[UInt8]], parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    try runWithTerms(
      images: images, labels: labels, parameters: parameters, workspace: workspace
    ).outcome
  }

  /// As `run`, with the terms of the loss.
  package func runWithTerms(
    images: [Float], labels: [[UInt8]], parameters: Parameters, workspace: Workspace
  ) throws -> (outcome: StepOutcome, terms: Terms) {
    let (height, width) = (imageShape[2], imageShape[3])
    guard images.count == imageShape.count, labels.count == imageShape[0] else {
      throw GraphError(.inputShape)
    }
    let reduced = try labels.enumerated().map { number, map in
      guard map.count == height * width else { throw GraphError(.inputShape, at: number) }
      return PairMasks.reduced(
        map, height: height, width: width, to: (index.rows, index.columns))
    }
    let masks = try PairMasks(labels: reduced, index: index, using: workspace)
    var inputs = masks.inputs
    inputs["image"] = Tensor(imageShape, images)
    let results = try plan.run(inputs: inputs, parameters: parameters, workspace: workspace)
    var gradients = Parameters()
    for (number, name) in trained.enumerated() { gradients[name] = results[1 + number] }
    let terms = results.suffix(4).map(\.scalar)
    return (
      StepOutcome(loss: results[0].scalar, gradients: gradients, statistics: [:]),
      Terms(positive: terms[0], different: terms[1], foreground: terms[2], background: terms[3])
    )
  }
}
