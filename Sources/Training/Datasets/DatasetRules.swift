import Imaging

/// What happens with data that contradict themselves. A set is never made smaller without being
/// asked to, and what was dropped is counted in the report.
package struct DatasetRules: Sendable, Codable, Hashable {
  package enum Answer: String, Sendable, Codable {
    case refuse
    /// Leave it out and count it.
    case drop
  }

  /// Rows that name a file, or an image, that is not there.
  package var labelsWithoutFiles = Answer.refuse
  /// Files that are named but cannot be decoded.
  package var unreadable = Answer.refuse
  /// Pictures of identical pixels, or rows for one picture, that say opposite things: dropping
  /// leaves out all of them.
  package var contradictions = Answer.refuse
  /// Identical pixels in two splits: dropping leaves them out of training.
  package var duplicatesAcrossSplits = Answer.refuse
  /// How a set without a column of splits is split.
  package var shares = SplitShares()
  /// LIDC-IDRI: how the outlines of several readers become one; nil: STAPLE.
  package var consensus: ReaderConsensus?

  package init() {}

  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func answer(_ key: CodingKeys) throws -> Answer {
      try values.decodeIfPresent(Answer.self, forKey: key) ?? .refuse
    }
    labelsWithoutFiles = try answer(.labelsWithoutFiles)
    unreadable = try answer(.unreadable)
    contradictions = try answer(.contradictions)
    duplicatesAcrossSplits = try answer(.duplicatesAcrossSplits)
    shares = try values.decodeIfPresent(SplitShares.self, forKey: .shares) ?? SplitShares()
    consensus = try values.decodeIfPresent(ReaderConsensus.self, forKey: .consensus)
  }
}

/// A split by patient, made from a hash: adding patients never moves the others.
package struct SplitShares: Sendable, Codable, Hashable {
  package var seed: UInt64 = 1
  /// Shares of patients, together below 1; the rest trains.
  package var validation = 0.15
  package var test = 0.15

  package init(seed: UInt64 = 1, validation: Double = 0.15, test: Double = 0.15) {
    (self.seed, self.validation, self.test) = (seed, validation, test)
  }

  package var isWithinBounds: Bool {
    validation >= 0 && test >= 0 && validation + test < 1
  }

  package func split(of patient: String) -> DatasetSplit {
    let digest = SHA256.digest(of: Array("\(seed)|\(patient)".utf8))
    let number = digest.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let place = Double(number >> 11) * 0x1p-53
    if place < test { return .test }
    return place < test + validation ? .validation : .train
  }
}

package enum DatasetSplit: String, Sendable, Codable, CaseIterable {
  case train
  case validation
  case test

  /// By the names that lists use: `val`, `valid` and `dev` are validation. nil for others.
  package init?(name: String) {
    switch name.lowercased() {
    case "train", "training": self = .train
    case "val", "valid", "validation", "dev": self = .validation
    case "test", "testing": self = .test
    default: return nil
    }
  }

  /// By meaning where both are known names, else by letter.
  static func isSame(_ a: String, _ b: String) -> Bool {
    guard let one = DatasetSplit(name: a), let other = DatasetSplit(name: b) else { return a == b }
    return one == other
  }
}

/// A data set whose list says nothing of splits, split by patient.
struct SplitByPatient: Dataset {
  let base: any Dataset
  let items: [DatasetItem]
  let shares: SplitShares?

  init(_ base: any Dataset, shares: SplitShares) {
    self.base = base
    self.shares = shares
    items = base.items.map { $0.of(split: shares.split(of: $0.patient).rawValue) }
  }

  var kind: DatasetKind { base.kind }
  var skipped: SkipCounts { base.skipped }
  func film(_ index: Int) throws -> Film { try base.film(index) }
  func contentDigest(_ index: Int) throws -> String { try base.contentDigest(index) }
}
