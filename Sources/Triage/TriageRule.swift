import Findings
import Foundation

/// From findings to a level: pneumothorax by calibrated probability and size.
///
/// - STAT: positive, and either nearly certain (`statProbability`) or likely
///   (`statProbabilityWhenLarge`) and large (`largeShare` of the lung field, or `largeAreaMM2`).
///   A finding that was measured by anatomy is STAT where it is large: it has no probability.
/// - HIGH: positive otherwise, or positive with a probability that is not calibrated.
/// - ROUTINE: everything else.
package struct TriageRule: Sendable, Hashable, Codable {
  package var label = "pneumothorax"
  /// Calibrated probability that is STAT whatever the size.
  package var statProbability = 0.9
  /// Calibrated probability that is STAT when the region is large.
  package var statProbabilityWhenLarge = 0.6
  /// Share of the lung field, `0...1`, from which a region is large.
  package var largeShare = 0.15
  /// Area in mm2 from which a region is large, when no share is known.
  package var largeAreaMM2 = 3000.0
  /// The method of findings that are measured, not predicted: `CTPneumothorax.method`.
  package var measuredMethod = "anatomy"
  /// Probability from which a finding is positive; nil takes the model's operating point.
  package var highProbability: Double?

  package init() {}

  /// The most urgent decision over the findings of a study.
  package func decide(_ findings: [FindingRow]) -> TriageDecision {
    let relevant = findings.filter { $0.label == label }
    guard !relevant.isEmpty else {
      return TriageDecision(.routine, because: "no finding that this rule ranks")
    }
    let decisions = relevant.map { ($0.probability, decide($0)) }
    let top = decisions.max { ($0.1.level.rank, $0.0) < ($1.1.level.rank, $1.0) }
    guard let decision = top?.1 else {
      return TriageDecision(.routine, because: "no finding that this rule ranks")
    }
    let also = others(findings)
    return also.isEmpty
      ? decision
      : TriageDecision(decision.level, because: decision.reason + "; also " + also)
  }

  /// The other labels that are positive, the most probable first.
  private func others(_ findings: [FindingRow]) -> String {
    let positive = findings.filter { $0.label != label && $0.isPositive }
    return positive.sorted { ($0.probability, $1.label) > ($1.probability, $0.label) }
      .map { "\($0.label) " + String(format: "%.2f", $0.probability) }
      .joined(separator: ", ")
  }

  private func decide(_ finding: FindingRow) -> TriageDecision {
    if finding.method == measuredMethod { return measured(finding) }
    let mark = finding.isExperimental == true ? " (experimental)" : ""
    let probability = String(format: "%.2f", finding.probability) + mark
    let isPositive = highProbability.map { finding.probability >= $0 } ?? finding.isPositive
    let words = label + " " + describe(finding, probability)
    guard isPositive else {
      return TriageDecision(
        .routine, because: "\(label) below the operating point, probability \(probability)")
    }
    guard finding.isCalibrated else {
      return TriageDecision(.high, because: words + "; probability is not calibrated")
    }
    if finding.probability >= statProbability {
      return TriageDecision(.stat, because: words + "; nearly certain")
    }
    if finding.probability >= statProbabilityWhenLarge, isLarge(finding) {
      return TriageDecision(.stat, because: words + "; likely and large")
    }
    return TriageDecision(.high, because: words)
  }

  private func measured(_ finding: FindingRow) -> TriageDecision {
    guard finding.isPositive else {
      return TriageDecision(.routine, because: "no \(label) by anatomy")
    }
    let words = label + " by anatomy, " + describe(finding, nil)
    return isLarge(finding)
      ? TriageDecision(.stat, because: words + "; large") : TriageDecision(.high, because: words)
  }

  private func isLarge(_ finding: FindingRow) -> Bool {
    if let share = finding.sizeShare { return share >= largeShare }
    return (finding.areaMM2 ?? 0) >= largeAreaMM2
  }

  private func describe(_ finding: FindingRow, _ probability: String?) -> String {
    var parts = probability.map { ["probability " + $0] } ?? []
    switch finding.side {
    case .left: parts.append("left side")
    case .right: parts.append("right side")
    case .both: parts.append("both sides")
    case nil: break
    }
    if let share = finding.sizeShare {
      parts.append(
        String(
          format: finding.volumeML == nil ? "%.0f %% of the lung field" : "%.0f %% of the lung",
          share * 100))
    } else if let area = finding.areaMM2 {
      parts.append(String(format: "%.0f cm2", area / 100))
    }
    return parts.joined(separator: ", ")
  }
}
