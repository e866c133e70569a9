import Graphs

/// Parameters of several networks under one roof: each behind a prefix of its own.
extension Parameters {
  /// The parameters whose names begin with `prefix`, without it, and the others.
  package func split(at prefix: String) -> (behind: Parameters, others: Parameters) {
    var (behind, others) = (Parameters(), Parameters())
    for name in names {
      if name.hasPrefix(prefix) {
        behind[String(name.dropFirst(prefix.count))] = self[name]
      } else {
        others[name] = self[name]
      }
    }
    return (behind, others)
  }

  /// These, and those of another network behind `prefix`.
  package func joined(_ other: Parameters, at prefix: String = "") -> Parameters {
    var all = self
    for name in other.names { all[prefix + name] = other[name] }
    return all
  }

  /// All of them behind `prefix`.
  package func prefixed(_ prefix: String) -> Parameters { Parameters().joined(self, at: prefix) }
}
