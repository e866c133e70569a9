/// How urgent a study is.
package enum TriageLevel: String, Sendable, Hashable, CaseIterable, Codable, Comparable {
  case routine = "ROUTINE"
  case high = "HIGH"
  case stat = "STAT"

  /// 0 for routine; higher is more urgent.
  package var rank: Int {
    switch self {
    case .routine: 0
    case .high: 1
    case .stat: 2
    }
  }

  package static func < (a: TriageLevel, b: TriageLevel) -> Bool { a.rank < b.rank }

  /// The rank of a stored name; unknown names rank below routine.
  package static func rank(ofName name: String) -> Int { TriageLevel(rawValue: name)?.rank ?? -1 }
}

/// A level and why, in words that hold no patient data.
package struct TriageDecision: Sendable, Hashable {
  package let level: TriageLevel
  package let reason: String

  package init(_ level: TriageLevel, because reason: String) {
    self.level = level
    self.reason = reason
  }
}
