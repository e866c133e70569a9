import Graphs
import Networks
import Tensors

/// The plan of one training step: loss, its gradient for every trained parameter, and the batch
/// statistics that the running averages follow.
struct TrainingGraph: StepGraph {
  let imageShape: Shape
  let targetShape: Shape
  private let weightShape: Shape
  private let plan: LossPlan

  init(recipe: Recipe) throws {
    let size = (recipe.preparation.height, recipe.preparation.width)
    var graph = try recipe.network.build(
      batch: recipe.batch, inputSize: size, training: true,
      drops: recipe.dropBlock?.drops ?? Drops())
    guard let logits = graph.taps["logits"] else { throw TrainingError(.recipe) }
    let form = graph.shape(of: logits)
    imageShape = [recipe.batch, recipe.network.inChannels, size.0, size.1]
    let loss: Value
    switch recipe.task {
    case .classification where recipe.uncertain == .threeClass:
      let count = form.count / UncertainLabels.classes
      (targetShape, weightShape) = ([count], [])
      let rows = try graph.add(Reshape([count, UncertainLabels.classes]), logits)
      loss = try graph.softmaxCrossEntropy(
        logits: rows, labels: graph.input("target", targetShape))
    case .classification:
      (targetShape, weightShape) = (form, form)
      let targets = graph.input("target", targetShape)
      let weights = graph.input("weight", weightShape)
      loss = try graph.binaryCrossEntropy(logits: logits, targets: targets, weights: weights)
    case .segmentation:
      let labels = recipe.labels.count
      guard form == [recipe.batch, labels, size.0, size.1] else { throw TrainingError(.recipe) }
      (targetShape, weightShape) = (form, [recipe.batch, labels])
      let own = recipe.loss ?? SegmentationLoss(.crossEntropyAndDice)
      let targets = graph.input("target", targetShape)
      let weights = own.takesWeights ? graph.input("weight", weightShape) : nil
      loss = try own.value(logits: logits, targets: targets, weights: weights, in: &graph)
    case .affinity, .contrast, .tiles, .adversarial: throw TrainingError(.recipe)
    }
    plan = try LossPlan(&graph, loss: loss, of: recipe.network)
  }

  var plannedBytes: Int {
    let weights = plan.inputNames.contains("weight") ? weightShape.count : 0
    return plan.bytes + 4 * (imageShape.count + targetShape.count + weights)
  }

  func run(
    _ step: StepInput, parameters: Parameters, workspace: Workspace
  ) throws -> StepOutcome {
    var inputs = [
      "image": Tensor(imageShape, step.batch.images),
      "target": Tensor(targetShape, step.batch.targets),
    ]
    for name in plan.inputNames {
      switch name {
      case "weight": inputs[name] = Tensor(weightShape, step.batch.weights)
      case "random": inputs[name] = step.random.tensor
      case Drops.rateName: inputs[name] = Tensor([], [Float(step.dropRate)])
      default: continue
      }
    }
    return try plan.run(inputs, parameters: parameters, workspace: workspace)
  }
}
