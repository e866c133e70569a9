import Foundation
import Testing

import Reports

@Suite struct LabellerTests {
  private func pneumothorax(_ text: String) throws -> ReportLabel? {
    var labeller = try ReportLabeller(findings: ["pneumothorax"])
    return labeller.labels(of: text)[0]
  }

  @Test(arguments: [
    "Small pneumothorax on the right side.", "Residual PTX.", "No change in the pneumothorax.",
    "Unchanged hydropneumothorax.", "The pneumothorax has not resolved.",
    "Partial resolution of the pneumothorax.",
    "No pneumothorax on the left. Large one: pneumothorax on the right.",
    "No effusion, but there is a pneumothorax.", "Prior pneumothorax persists.",
  ])
  func present(_ text: String) throws {
    #expect(try pneumothorax(text) == .positive)
  }

  @Test(arguments: [
    "No effusion or pneumothorax.", "Pneumothorax is no longer seen.", "Without pneumothorax.",
    "The pneumothorax has cleared.", "Negative for PTX.", "Pneumothorax: none.",
    "No opacity, effusion, large mass or pneumothorax.",
    "Previously seen pneumothorax has resolved.",
    "Bulla mimicking a pneumothorax.", "PTX ruled out.",
  ])
  func absent(_ text: String) throws {
    #expect(try pneumothorax(text) == .negative)
  }

  @Test(arguments: [
    "Pneumothorax cannot be excluded.", "Possible pneumothorax.", "?PTX", "PTX?",
    "Skin fold versus pneumothorax.", "May represent pneumothorax.", "Pneumothorax not excluded.",
    "Suspicious for pneumothorax.", "Lateral film to rule out pneumothorax.",
  ])
  func open(_ text: String) throws {
    #expect(try pneumothorax(text) == .uncertain)
  }

  @Test(arguments: [
    "History of pneumothorax.", "INDICATION: pneumothorax.", "Evaluate for pneumothorax.",
    "Risk of pneumothorax.", "The lungs are clear.", "", "Pneumonia.",
  ])
  func unsaid(_ text: String) throws {
    #expect(try pneumothorax(text) == nil)
  }

  @Test func theStrongestStatementStands() throws {
    #expect(try pneumothorax("No pneumothorax. Possible pneumothorax.") == .uncertain)
    #expect(try pneumothorax("Pneumothorax. Possible pneumothorax. No pneumothorax.") == .positive)
  }

  @Test func mentionsTellTermAndRuleButNoText() throws {
    var labeller = try ReportLabeller()
    let mentions = labeller.mentions(in: "Mrs Zzcanary: no pneumothorax. Zzcanary has a PICC.")
    #expect(mentions.map(\.finding) == ["pneumothorax", "Support Devices"])
    #expect(mentions.map(\.sentence) == [1, 2])
    #expect(mentions.map(\.term) == ["pneumothora*", "picc"])
    #expect(mentions.map(\.rule) == ["negationBefore: no", "present"])
    #expect(mentions.allSatisfy { !($0.json + $0.plain).lowercased().contains("zzcanary") })
  }

  /// Words of earlier reports, also very many, change nothing.
  @Test func theCacheForgetsWithoutHarm() throws {
    var worn = try ReportLabeller()
    for start in stride(from: 0, to: 50_000, by: 100) {
      _ = worn.labels(of: (start..<start + 100).map { "w\($0)" }.joined(separator: " "))
    }
    let text = "No pneumothorax. Small left effusion. Possible edema; heart is not enlarged."
    var fresh = try ReportLabeller()
    #expect(worn.labels(of: text) == fresh.labels(of: text))
    #expect(fresh.labels(of: text).compactMap { $0 }.count == 4)
  }

  /// Any text: labelled or not, never a crash.
  @Test func hostileTextsAreSurvived() throws {
    var labeller = try ReportLabeller()
    let seed = UInt64.random(in: 0...UInt64.max)
    var state = seed
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    let parts = [
      "no", "pneumothorax", "or", ",", ".", ":", "?", "-", "and", "FINDINGS:", "HISTORY:", "\n\n",
      "\n", "not excluded", "with", "\u{0}", "é", "\u{2014}", "\"", "(", "1.", "resolved", "'",
    ]
    for _ in 0..<300 {
      let text = (0..<next(60)).map { _ in parts[next(parts.count)] }.joined(separator: " ")
      let labels = labeller.labels(of: text)
      #expect(labels.count == 10, "seed \(seed)")
    }
    for text in ["no pneumothorax or ", "\n", "HISTORY:\n", "a.", "..", "? ", ": "] {
      _ = labeller.labels(of: "HISTORY:" + String(repeating: text, count: 50_000))
      _ = labeller.labels(of: String(repeating: text, count: 50_000))
    }
  }
}

@Suite struct LexiconTests {
  private func read(_ json: String) throws -> Lexicon {
    let path = NSTemporaryDirectory() + "lexicon-\(UUID().uuidString).json"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(json.utf8).write(to: URL(fileURLWithPath: path))
    return try Lexicon.read(path)
  }

  @Test func aFileAddsWordsAndColumns() throws {
    let extra = try read(
      """
      {"findings": {"pneumothorax": {"present": ["lung edge sign"]},
                    "Fracture": {"present": ["fracture*"], "ignored": ["no fracture clinic"]}},
       "cues": {"negationAfter": ["can be forgotten"]}}
      """)
    var labeller = try ReportLabeller(lexicon: .english.adding(extra))
    #expect(labeller.findings == Lexicon.order + ["Fracture"])
    let labels = labeller.labels(of: "Lung edge sign. Rib fractures. Effusion can be forgotten.")
    #expect(labels[7] == .positive && labels[8] == .negative && labels[10] == .positive)
    #expect(labels.compactMap { $0 }.count == 3)
  }

  @Test func badFilesAreRefused() {
    #expect(throws: ReportsError(.lexiconUnreadable)) { try Lexicon.read("/nowhere.json") }
    #expect(throws: ReportsError(.lexiconUnreadable)) { try read("{\"cues\": 3}") }
    #expect(throws: ReportsError(.lexiconCue)) { try read("{\"cues\": {\"denial\": [\"no\"]}}") }
  }

  @Test(arguments: ["", "~2 a", "a ~2", "a|", "A", "a ~x b", "*"])
  func badPhrasesAreRefused(_ phrase: String) {
    let lexicon = Lexicon(findings: ["x": .init(present: [phrase])], cues: [:])
    #expect(throws: ReportsError(.lexiconPhrase)) { try ReportLabeller(lexicon: lexicon) }
  }

  @Test func findingsAreChosenByName() throws {
    #expect(
      try ReportLabeller(findings: ["PNEUMOTHORAX", "edema"]).findings == ["pneumothorax", "Edema"])
    #expect(throws: ReportsError(.columnMissing)) { try ReportLabeller(findings: ["measles"]) }
  }
}
