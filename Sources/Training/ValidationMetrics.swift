import Graphs
import Networks

extension Validation {
  /// By source of the recipe, e.g. "1 radiograph-phantoms auroc": AUROC of the first label, or
  /// Dice of positives of a segmentation network.
  func metrics(_ parameters: Parameters) throws -> [String: Estimate] {
    switch recipe.task {
    case .classification: try rankings(parameters)
    case .segmentation: try overlaps(parameters)
    case .affinity, .contrast, .tiles, .adversarial: [:]
    }
  }

  private var groups: [(source: Int, members: Set<Int>)] {
    Dictionary(grouping: samples.indices) { samples.facts[$0].source }
      .map { ($0.key, Set($0.value)) }
  }

  private func rankings(_ parameters: Parameters) throws -> [String: Estimate] {
    var metrics: [String: Estimate] = [:]
    let logits = try logits(parameters)
    for (source, members) in groups {
      let known = truth.filter { members.contains($0.index) }
      let auroc = Ranking.auroc(
        scores: known.map { logits[$0.index][0] }, truth: known.map(\.label))
      if let auroc { metrics[name(source) + " auroc"] = auroc }
    }
    return metrics
  }

  private func overlaps(_ parameters: Parameters) throws -> [String: Estimate] {
    var metrics: [String: Estimate] = [:]
    let masks = try masks(parameters)
    for (source, members) in groups {
      let usable = members.sorted().filter { samples[$0].truth != nil }
      let report = DiceReport(
        predicted: usable.map { masks[$0] }, truth: usable.compactMap { samples[$0].truth },
        groups: usable.map { samples.facts[$0].patient })
      if let dice = report.positivesOnly { metrics[name(source) + " dice"] = dice }
    }
    return metrics
  }

  private func name(_ source: Int) -> String { "\(source) \(recipe.sources[source].kind.rawValue)" }
}
