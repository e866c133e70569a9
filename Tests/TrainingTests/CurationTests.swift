import DICOM
import Foundation
import Imaging
import Testing
import Training

/// Rules over whole data sets, through the loader that every run uses.
@Suite struct CurationTests {
  /// `rows`: file, seed of its pixels, label, split; a patient each.
  private func folder(
    _ rows: [(file: String, seed: UInt64, label: String, split: String)]
  ) throws -> TestFolder {
    let folder = try TestFolder()
    var lines = ["file,finding,split,patient_id"]
    for (index, row) in rows.enumerated() {
      try folder.picture(row.file, seed: row.seed)
      lines.append("\(row.file),\(row.label),\(row.split),patient-\(index)")
    }
    try folder.write(lines.joined(separator: "\n"), "labels.csv")
    return folder
  }

  private func load(
    _ folder: borrowing TestFolder, rules: DatasetRules = .init(), cached: Bool = false
  ) throws -> LoadedSamples {
    let data = try DatasetReader.open(
      DatasetRequest(path: folder.path, names: ["finding"], rules: rules, threads: 1))
    var loader = SampleLoader(
      recipe: try .overData(label: "finding"), corpusRoot: nil, lungs: nil, threads: 2)
    loader.data = data
    loader.rules = rules
    if cached { loader.cache = PreparedCache(folder: folder.path + "/.cache") }
    return try #require(try loader.load())
  }

  @Test func duplicatesWithinASplitAreDroppedAndCounted() throws {
    let folder = try folder([
      ("a.png", 1, "1", "train"), ("b.png", 1, "1", "train"), ("c.png", 2, "0", "train"),
      ("d.png", 3, "0", "val"), ("e.png", 3, "unknown", "val"), ("f.png", 4, "x", "train"),
    ])
    for cached in [false, true] {
      let loaded = try load(folder, cached: cached)
      #expect(loaded.train.facts.map(\.row) == [2, 4])
      #expect(loaded.validation.facts.map(\.row) == [5])
      #expect(loaded.report.sources[0].skipped["duplicate"] == 1)
      #expect(loaded.report.sources[0].skipped["label-unknown"] == 2)
      #expect(loaded.report.parts.map(\.pictures) == [2, 1])
      #expect(loaded.report.parts[0].positives == ["finding": 1])
      #expect(loaded.report.parts[0].negatives == ["finding": 1])
    }
  }

  @Test func contradictoryPixelsAreRefusedOrDropped() throws {
    let folder = try folder([
      ("a.png", 1, "1", "train"), ("b.png", 2, "0", "train"), ("c.png", 1, "0", "train"),
      ("d.png", 3, "1", "train"), ("e.png", 4, "0", "val"),
    ])
    #expect(throws: TrainingError(.contradictoryLabels, rows: [2, 4])) { try load(folder) }
    var rules = DatasetRules()
    rules.contradictions = .drop
    let loaded = try load(folder, rules: rules)
    #expect(loaded.train.facts.map(\.row) == [3, 5])
    #expect(loaded.report.sources[0].skipped["contradictory"] == 2)
  }

  @Test func duplicatesAcrossSplitsAreRefusedOrLeaveTraining() throws {
    let folder = try folder([
      ("a.png", 1, "1", "train"), ("b.png", 2, "0", "train"), ("c.png", 3, "1", "train"),
      ("d.png", 1, "1", "val"), ("e.png", 4, "0", "val"), ("f.png", 2, "0", "test"),
      ("g.png", 5, "0", "train"), ("h.png", 4, "0", "test"),
    ])
    for cached in [false, true] {
      #expect(throws: TrainingError(.duplicateAcrossSplits, rows: [2, 3, 6])) {
        try load(folder, cached: cached)
      }
      var rules = DatasetRules()
      rules.duplicatesAcrossSplits = .drop
      let loaded = try load(folder, rules: rules, cached: cached)
      #expect(loaded.train.facts.map(\.row) == [4, 8])
      #expect(loaded.validation.facts.map(\.row) == [5])
      #expect(loaded.report.sources[0].skipped["duplicate-across-splits"] == 2)
      #expect(loaded.report.sources[1].skipped["duplicate-across-splits"] == 1)
      #expect(loaded.report.parts.map(\.name) == ["train", "validation", "held-out"])
      #expect(loaded.report.parts.map(\.pictures) == [2, 1, 2])
    }
  }

  @Test func oneClassAloneIsRefused() throws {
    let folder = try folder([
      ("a.png", 1, "1", "train"), ("b.png", 2, "1", "train"), ("c.png", 3, "0", "val"),
    ])
    #expect(throws: TrainingError(.oneClassOnly)) { try load(folder) }
  }

  @Test func picturesThatCannotBeReadAreRefusedOrCounted() throws {
    let folder = try folder([
      ("a.png", 1, "1", "train"), ("b.png", 2, "0", "train"), ("c.png", 3, "0", "train"),
    ])
    try folder.write("no picture", "b.png")
    #expect(throws: TrainingError(.pictureUnreadable, index: 3, column: "file")) {
      try load(folder)
    }
    var rules = DatasetRules()
    rules.unreadable = .drop
    let loaded = try load(folder, rules: rules, cached: true)
    #expect(loaded.train.facts.map(\.row) == [2, 4])
    #expect(loaded.report.sources[0].skipped["unreadable"] == 1)
  }

  @Test func listsAndFilesMustAgree() throws {
    let folder = try folder([("a.png", 1, "1", "train"), ("b.png", 2, "0", "train")])
    try folder.picture("more/c.png", seed: 9)
    #expect(try load(folder).report.sources[0].skipped["file-without-label"] == 1)
    try FileManager.default.removeItem(atPath: folder.path + "/b.png")
    #expect(throws: TrainingError(.labelsWithoutFiles, rows: [3])) { try load(folder) }
  }

  @Test func patientsInTwoSplitsAreRefusedWithTheirRows() throws {
    let folder = try TestFolder()
    for file in ["a.png", "b.png", "c.png", "d.png"] {
      try folder.picture(file, seed: UInt64(file.utf8.first ?? 0))
    }
    try folder.write(
      "file,finding,split,patient_id\na.png,1,train,7\nb.png,0,val,7\nc.png,0,train,8\n"
        + "d.png,0,test,8\n", "labels.csv")
    #expect(throws: TrainingError(.patientInTwoSplits, rows: [3, 5])) { try load(folder) }
  }

  /// The words that a list holds about people are nowhere in what is stored.
  @Test func theReportNamesNobody() throws {
    let folder = try TestFolder()
    var lines = ["sop,finding"]
    for number in 1...40 {
      try FilmFixture(number, patient: "CANARY\(number)").write(
        "\(folder.path)/CANARY/\(number).dcm")
      lines.append("\(FilmFixture.uid(number)),\(number % 2)")
    }
    try folder.write(lines.joined(separator: "\n"), "labels.csv")
    let loaded = try load(folder, cached: true)
    let path = folder.path + "/dataset.json"
    try loaded.report.write(to: path)
    let text = try String(contentsOfFile: path, encoding: .utf8) + loaded.report.lines.joined()
    #expect(!text.contains("CANARY") && !text.contains("2.25."))
    #expect(loaded.report.sources[0].shares == SplitShares())
    let used = loaded.report.parts.map(\.pictures).reduce(0, +)
    #expect(used == 40 && loaded.report.parts.count == 3)
    let again = try JSONDecoder().decode(
      DatasetReport.self, from: try Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(again == loaded.report)
    #expect(loaded.report.pixelDigest != loaded.report.listDigest)
  }
}

@Suite struct SplitTests {
  @Test func sharesComeOutAndNobodyMoves() {
    let seed = UInt64.random(in: 0...999_999)
    print("seed \(seed)")
    let shares = SplitShares(seed: seed, validation: 0.2, test: 0.1)
    var counts: [DatasetSplit: Int] = [:]
    for number in 0..<20_000 {
      counts[shares.split(of: "\(number)"), default: 0] += 1
      #expect(shares.split(of: "\(number)") == shares.split(of: "\(number)"))
    }
    // Six standard deviations of a share of 20,000.
    #expect(abs(Double(counts[.validation] ?? 0) - 4000) < 340)
    #expect(abs(Double(counts[.test] ?? 0) - 2000) < 255)
    #expect(SplitShares(validation: 0, test: 0).split(of: "a") == .train)
    #expect(!SplitShares(validation: 0.6, test: 0.5).isWithinBounds)
    #expect(!SplitShares(validation: -0.1).isWithinBounds)
  }

  /// From another implementation (Python's hashlib): the split of a patient must never change.
  @Test func splitsAreThoseOfOtherVersions() {
    let shares = SplitShares(seed: 1, validation: 0.15, test: 0.15)
    let letters: [DatasetSplit: Character] = [.train: "r", .validation: "v", .test: "e"]
    let splits = (0..<24).compactMap { letters[shares.split(of: "patient-\($0)")] }
    #expect(String(splits) == "vrvrrrvrvrererrrerrvrrrv")
  }

  @Test func namesOfSplitsAreKnownByMeaning() {
    #expect(DatasetSplit(name: "Val") == .validation && DatasetSplit(name: "dev") == .validation)
    #expect(DatasetSplit(name: "training") == .train && DatasetSplit(name: "fold1") == nil)
  }
}
