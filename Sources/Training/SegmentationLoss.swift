import Graphs

/// What a segmentation network is trained by.
package struct SegmentationLoss: Sendable, Codable, Hashable {
  package enum Kind: String, Sendable, Codable {
    /// Binary cross-entropy of each cell, the mean over cells (Viniavskyi 2020).
    case crossEntropy = "cross-entropy"
    /// The same plus soft Dice.
    case crossEntropyAndDice = "cross-entropy-and-dice"
    /// The same plus the mean soft Dice of the pictures that show anything: a small lesion then
    /// counts as much as a large one.
    case crossEntropyAndPictureDice = "cross-entropy-and-picture-dice"
    /// Soft Dice of each label over batch and cells, the mean over labels (Gadgil et al. 2021);
    /// labels that nobody drew on a picture do not count there.
    case dice
    /// The binary cross-entropy of `sigmoid(z / T)` against `sigmoid(teacher / T)`, where the targets
    /// are the teacher's logits (Gadgil et al. 2021).
    case distillation
  }

  package var kind: Kind
  /// Weight of cells of the class in the cross-entropy; nil is 1.
  package var positiveWeight: Double?
  /// `T` of distillation; nil is 10.
  package var temperature: Double?

  package init(_ kind: Kind, positiveWeight: Double? = nil, temperature: Double? = nil) {
    self.kind = kind
    self.positiveWeight = positiveWeight
    self.temperature = temperature
  }

  var isWithinBounds: Bool {
    (positiveWeight.map { $0 > 0 && $0 <= 1000 } ?? true)
      && (temperature.map { $0 >= 0.01 && $0 <= 1000 } ?? true)
  }

  /// Whether it is told, by picture and label, what was drawn.
  var takesWeights: Bool { kind == .dice }

  /// The loss of logits [N, C, H, W] against targets 0 and 1 (distillation: logits) of the same
  /// shape, of rank 0. `weights` [N, C], 1 where a label was drawn and 0 where not, for soft Dice.
  func value(
    logits: Value, targets: Value, weights: Value? = nil, in graph: inout Graph
  ) throws -> Value {
    switch kind {
    case .dice:
      var (p, y) = (try graph.add(Sigmoid(), logits), targets)
      if let weights {
        let form = graph.shape(of: weights)
        let column = try graph.add(Reshape([form[0], form[1], 1, 1]), weights)
        p = try graph.add(Multiply(), p, column)
        y = try graph.add(Multiply(), y, column)
      }
      return try graph.softDice(probabilities: p, targets: y)
    case .distillation:
      return try graph.distillation(
        student: logits, teacher: targets, temperature: Float(temperature ?? 10))
    case .crossEntropy, .crossEntropyAndDice, .crossEntropyAndPictureDice: break
    }
    let cross = try graph.binaryCrossEntropy(
      logits: logits, targets: targets, positiveWeight: Float(positiveWeight ?? 1))
    guard kind != .crossEntropy else { return cross }
    let probabilities = try graph.add(Sigmoid(), logits)
    let dice =
      kind == .crossEntropyAndDice
      ? try graph.softDice(probabilities: probabilities, targets: targets)
      : try Self.pictureDice(probabilities, targets, in: &graph)
    return try graph.add(Add(), cross, dice)
  }

  /// `1 - (2 sum p y + 1) / (sum p + sum y + 1)` of each picture, the mean over those with any `y`.
  private static func pictureDice(
    _ p: Value, _ y: Value, in graph: inout Graph
  ) throws -> Value {
    let axes = [1, 2, 3]
    let overlap = try graph.add(Sum(axes: axes), graph.add(Multiply(), p, y))
    let shown = try graph.add(Sum(axes: axes), y)
    let sums = try graph.add(Add(), graph.add(Sum(axes: axes), p), shown)
    let score = try graph.add(
      Divide(), graph.add(Offset(1), graph.add(Scale(2), overlap)),
      graph.add(Offset(1), sums))
    let loss = try graph.add(Offset(1), graph.add(Scale(-1), score))
    let counts = try graph.add(Minimum(), shown, graph.constant(1))
    let all = Array(graph.shape(of: counts).dims.indices)
    let total = try graph.add(
      Maximum(), graph.add(Sum(axes: all), counts), graph.constant(1))
    return try graph.add(
      Divide(), graph.add(Sum(axes: all), graph.add(Multiply(), loss, counts)), total)
  }

  /// `min(20, sqrt(negative / positive cells))`: the weight of the card of Viniavskyi 2020, whose
  /// paper gives none. 1 where nothing is positive.
  package static func balancingWeight(positive: Int, total: Int) -> Double {
    guard positive > 0 else { return 1 }
    return min(20, (Double(total - positive) / Double(positive)).squareRoot())
  }
}
