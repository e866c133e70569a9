/// One picture that was read, on its way into a set of samples.
struct Candidate: Sendable {
  /// Index of the recipe's source; of items that no source takes, of the first one of their data.
  let source: Int
  /// nil for an item of the same data set that is held out (its test part): it is looked at only to
  /// tell whether the others hold it too.
  let use: Recipe.Source.Use?
  let dataset: any Dataset
  let item: Int

  var row: Int? { dataset.items[item].row }

  /// Held-out and test pictures stay where they are, then those of validation.
  var rank: Int {
    switch use {
    case nil, .test: 0
    case .validation: 1
    case .train: 2
    }
  }
}

/// A candidate that could be decoded.
struct ReadCandidate: Sendable {
  let candidate: Candidate
  let facts: SampleFacts
  let pixels: String
}

/// Finds pictures of identical pixels: contradictions, duplicates across and within splits.
struct Curation {
  let candidates: [ReadCandidate]
  let rules: (Int) -> DatasetRules
  /// Of a recipe that is not about image labels, contradictions do not matter.
  let judgesLabels: Bool
  private(set) var keeps: [Bool]
  private(set) var dropped: [Int: SkipCounts] = [:]

  init(
    _ candidates: [ReadCandidate], judgesLabels: Bool, rules: @escaping (Int) -> DatasetRules
  ) {
    self.candidates = candidates
    self.rules = rules
    self.judgesLabels = judgesLabels
    keeps = Array(repeating: true, count: candidates.count)
  }

  /// Throws `TrainingError`: `contradictoryLabels` or `duplicateAcrossSplits` with the rows, by the
  /// rules.
  mutating func run() throws {
    // In the order of first appearance, so that the same set is refused with the same rows.
    var groups: [String: [Int]] = [:]
    var order: [String] = []
    for (index, one) in candidates.enumerated() {
      if groups[one.pixels] == nil { order.append(one.pixels) }
      groups[one.pixels, default: []].append(index)
    }
    let repeated = order.compactMap { groups[$0] }.filter { $0.count > 1 }
    if judgesLabels {
      try drop(
        repeated.filter(contradicts), .contradictoryLabels, .contradictory,
        rule: \.contradictions)
    }
    let crossing = repeated.map(crossing).filter { !$0.isEmpty }
    try drop(
      crossing, .duplicateAcrossSplits, .duplicateAcrossSplits, rule: \.duplicatesAcrossSplits)
    for group in repeated { dropWithinSources(group) }
  }

  private func contradicts(_ group: [Int]) -> Bool {
    let labels = group.map { candidates[$0].facts.labels }
    return (labels.map(\.count).max() ?? 0) > 0
      && (0..<(labels.map(\.count).min() ?? 0)).contains { label in
        Set(labels.compactMap { $0[label] }).count > 1
      }
  }

  /// Those of a group that are also in a split of lower rank and are still kept.
  private func crossing(_ group: [Int]) -> [Int] {
    let kept = group.filter { keeps[$0] }
    guard let lowest = kept.map({ candidates[$0].candidate.rank }).min() else { return [] }
    return kept.filter { candidates[$0].candidate.rank > lowest }
  }

  private mutating func drop(
    _ groups: [[Int]], _ code: TrainingError.Code, _ reason: SkipReason,
    rule: KeyPath<DatasetRules, DatasetRules.Answer>
  ) throws {
    let members = groups.joined().sorted()
    let refused = members.filter {
      rules(candidates[$0].candidate.source)[keyPath: rule] == .refuse
    }
    guard refused.isEmpty else {
      throw TrainingError(code, rows: refused.compactMap { candidates[$0].candidate.row })
    }
    for index in members { drop(index, reason) }
  }

  /// The first of a source stays. The same picture in two sources of one use is a choice of the
  /// recipe.
  private mutating func dropWithinSources(_ group: [Int]) {
    var seen: Set<Int> = []
    for index in group where keeps[index] && candidates[index].candidate.use != nil {
      if !seen.insert(candidates[index].candidate.source).inserted { drop(index, .duplicate) }
    }
  }

  private mutating func drop(_ index: Int, _ reason: SkipReason) {
    guard keeps[index] else { return }
    keeps[index] = false
    let one = candidates[index].candidate
    if one.use != nil { dropped[one.source, default: [:]].add(reason) }
  }
}
