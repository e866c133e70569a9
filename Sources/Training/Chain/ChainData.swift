import Imaging
import Networks

/// The samples of a chain and what they are known by.
struct ChainData: Sendable {
  let train: SampleSet
  let validation: SampleSet
  /// Seen by nothing but the figures at the end.
  let test: SampleSet

  /// Numbers of the training samples that carry the label.
  var positives: [Int] {
    train.facts.indices.filter { train.facts[$0].labels.first == .some(1) }
  }

  /// Throws `noSamples`, `oneClassOnly` for training samples of one class, and
  /// `patientInTwoSplits`.
  func check() throws {
    guard !train.isEmpty else { throw TrainingError(.noSamples) }
    let labels = Set(train.facts.compactMap { $0.labels.first ?? nil })
    guard labels.contains(0), labels.contains(1) else { throw TrainingError(.oneClassOnly) }
    let parts = [train, validation, test].map { Set($0.facts.map(\.patient)) }
    guard parts[0].isDisjoint(with: parts[1]), parts[0].isDisjoint(with: parts[2]),
      parts[1].isDisjoint(with: parts[2])
    else { throw TrainingError(.patientInTwoSplits) }
  }
}
