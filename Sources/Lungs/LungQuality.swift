/// What is doubtful about a lung mask. Raw values are stable: they are stored with findings.
package enum LungFlag: String, Sendable, Hashable, Codable, CaseIterable {
  case noLung = "no-lung"
  case oneSideMissing = "one-side-missing"
  case tooSmall = "too-small"
  case tooLarge = "too-large"
  /// The larger side is more than three times the smaller.
  case asymmetric
  /// Holes or fragments beyond what a lung leaves.
  case ragged
}

/// Whether a lung mask can be trusted. A bad mask is never a reason to drop a study: it is flagged
/// and the study is scored without it.
package struct LungQuality: Sendable, Hashable, Codable {
  package let flags: [LungFlag]
  /// False: do not use the mask to crop, mask or measure.
  package let usable: Bool
  /// Area (radiograph) or volume (CT) of both lungs over that of the picture.
  package let share: Double
  /// Smaller side over larger side, 0...1; 0 when one is missing.
  package let symmetry: Double

  package init(flags: [LungFlag], usable: Bool, share: Double, symmetry: Double) {
    self.flags = flags
    self.usable = usable
    self.share = share
    self.symmetry = symmetry
  }
}
