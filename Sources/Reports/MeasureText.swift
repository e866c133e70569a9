import Foundation

/// The figures of a measure as a table or as JSON.
extension SentenceMeasure {
  private var rows: [(name: String, label: ReportLabel, score: Score)] {
    let single = findings.flatMap { finding in
      Self.order.map { (finding, $0, score(finding, $0)) }
    }
    return single + Self.order.map { ("all findings", $0, pooled($0)) }
  }

  private static let order: [ReportLabel] = [.positive, .negative, .uncertain]

  /// One line a finding and class: hit, missed, wrong, then precision, recall and F1 with their
  /// intervals at 95 %; `-` where nothing was to be found.
  package func plain(_ title: String) -> String {
    func figure(_ proportion: Proportion?) -> String {
      guard let proportion else { return pad("-", 19) }
      return pad(
        String(
          format: "%.3f [%.2f, %.2f]", proportion.value, proportion.lower, proportion.upper), 19)
    }
    func pad(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    var lines = ["\(title): \(sentences) sentences"]
    lines.append(
      pad("finding", 28) + pad("class", 11) + pad("hit", 5) + pad("missed", 8) + pad("wrong", 7)
        + pad("precision", 19) + pad("recall", 19) + "F1")
    for row in rows {
      let score = row.score
      let line =
        pad(row.name, 28) + pad("\(row.label)", 11) + pad("\(score.hits)", 5)
        + pad("\(score.missed)", 8) + pad("\(score.wrong)", 7) + figure(score.precision)
        + figure(score.recall) + figure(score.f1)
      lines.append(line.trimmingCharacters(in: .whitespaces))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// One JSON object a finding and class.
  package func json(_ title: String) -> String {
    func figure(_ name: String, _ proportion: Proportion?) -> String {
      guard let proportion else { return "\"\(name)\":null" }
      return "\"\(name)\":\(proportion.value),"
        + "\"\(name)Interval\":[\(proportion.lower),\(proportion.upper)]"
    }
    return rows.map { row in
      let score = row.score
      return "{\"type\":\"measure\",\"part\":\(JSONText.of(title)),\"sentences\":\(sentences),"
        + "\"finding\":\(JSONText.of(row.name)),\"class\":\"\(row.label)\","
        + "\"hits\":\(score.hits),\"missed\":\(score.missed),\"wrong\":\(score.wrong),"
        + figure("precision", score.precision) + "," + figure("recall", score.recall) + ","
        + figure("f1", score.f1) + "}\n"
    }.joined()
  }
}

extension SentenceMeasure.Difference {
  /// Numbers and lexicon phrases, no text of the list.
  package var plain: String {
    func name(_ label: ReportLabel?) -> String { label.map { "\($0)" } ?? "not mentioned" }
    return "\(id): \(finding) is \(name(truth)), labelled \(name(label))"
      + (rules.isEmpty ? "" : " by " + rules.joined(separator: ", "))
  }
}
