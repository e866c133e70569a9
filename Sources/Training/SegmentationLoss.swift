import Graphs

/// What a segmentation network is trained by.
package struct SegmentationLoss: Sendable, Codable, Hashable {
  package enum Kind: String, Sendable, Codable {
    /// Binary cross-entropy of each cell, the mean over cells (Viniavskyi 2020).
    case crossEntropy = "cross-entropy"
    /// The same plus soft Dice.
    case crossEntropyAndDice = "cross-entropy-and-dice"
  }

  package var kind: Kind
  /// Weight of cells of the class in the cross-entropy; nil is 1.
  package var positiveWeight: Double?

  package init(_ kind: Kind, positiveWeight: Double? = nil) {
    self.kind = kind
    self.positiveWeight = positiveWeight
  }

  var isWithinBounds: Bool { positiveWeight.map { $0 > 0 && $0 <= 1000 } ?? true }

  /// The loss of logits [N, 1, H, W] against targets 0 and 1 of the same shape, of rank 0.
  func value(logits: Value, targets: Value, in graph: inout Graph) throws -> Value {
    let cross = try graph.binaryCrossEntropy(
      logits: logits, targets: targets, positiveWeight: Float(positiveWeight ?? 1))
    guard kind == .crossEntropyAndDice else { return cross }
    let probabilities = try graph.add(Sigmoid(), logits)
    return try graph.add(
      Add(), cross, graph.softDice(probabilities: probabilities, targets: targets))
  }

  /// `min(20, sqrt(negative / positive cells))`: the weight of the card of Viniavskyi 2020, whose
  /// paper gives none. 1 where nothing is positive.
  package static func balancingWeight(positive: Int, total: Int) -> Double {
    guard positive > 0 else { return 1 }
    return min(20, (Double(total - positive) / Double(positive)).squareRoot())
  }
}
