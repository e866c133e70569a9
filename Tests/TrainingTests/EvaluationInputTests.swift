import Foundation
import Graphs
import Imaging
import Networks
import Phantoms
import Tensors
import Testing
import Training

/// Lists that cannot be used are refused by row and column; what is left out is counted.
@Suite struct EvaluationInputTests {
  /// Twelve phantoms as a list, changed before use.
  private func report(
    strata: [String]? = nil, split: String? = nil, threads: Int = 2,
    _ change: (inout [[String]]) -> Void = { _ in },
    files: (String) throws -> Void = { _ in }
  ) throws -> EvaluationReport {
    let folder = NSTemporaryDirectory() + "list-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try PhantomSet(.init(kind: .radiograph, count: 12, seed: 3, size: 64, folder: folder)).write()
    let path = folder + "/labels.csv"
    var rows = try String(contentsOfFile: path, encoding: .utf8)
      .split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    change(&rows)
    try rows.map { $0.joined(separator: ",") }.joined(separator: "\n").write(
      toFile: path, atomically: true, encoding: .utf8)
    try files(folder)
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    source.split = split
    var options = Evaluation.Options(corpusRoot: folder, threads: threads)
    options.strata = strata
    options.replicates = 100
    let model = try MeanModel.package(threshold: 2) {
      $0.labels = [.init(name: "pneumothorax", display: "Pneumothorax")]
    }
    return try Evaluation.run(model: model, on: source, options: options)
  }

  @Test func theLabelMayBeCalledLabel() throws {
    let named = try report()
    #expect(named.n == 12 && named.skipped == SkippedRows(rows: 12))
    let plain = try report { $0[0][1] = "label" }
    #expect(plain.positives == named.positives && plain.auroc == named.auroc)
    #expect(throws: TrainingError(.listColumn, column: "pneumothorax")) {
      try report { $0[0][1] = "fracture" }
    }
  }

  @Test func missingFilesAreNamedByRowAndColumn() {
    for (column, name) in [(0, "file"), (4, "mask"), (5, "lung_mask")] {
      #expect(throws: TrainingError(.fileMissing, index: 4, column: name)) {
        try report { $0[3][column] = "nowhere.png" }
      }
    }
    #expect(
      TrainingError(.fileMissing, index: 4, column: "mask").description
        == "file-missing (row 4, column mask)")
  }

  @Test func masksOfAnotherSizeAreRefused() {
    for (column, name) in [(4, "mask"), (5, "lung_mask")] {
      #expect(throws: TrainingError(.maskSize, index: 3, column: name)) {
        try report {
          $0[2][column] = "small.png"
        } files: { folder in
          try PNG.write(Mask(width: 32, height: 32), to: folder + "/small.png")
        }
      }
    }
  }

  @Test func unreadablePicturesAreNamed() {
    #expect(throws: TrainingError(.pictureUnreadable, index: 2, column: "file")) {
      try report(files: { folder in
        try "no picture".write(
          toFile: folder + "/images/000000.png", atomically: true, encoding: .utf8)
      })
    }
  }

  @Test func whatIsLeftOutIsCounted() throws {
    let all = try report {
      $0[1][1] = "unknown"
      $0.append($0[2])
    }
    #expect(all.n == 11)
    #expect(all.skipped?.rows == 13 && all.skipped?.labelUnknown == 1)
    #expect(all.skipped?.duplicateFile == 1 && all.skipped?.notAskedFor == 0)
    let part = try report(split: "train") { rows in
      for index in 1..<rows.count { rows[index][3] = index < 5 ? "val" : "train" }
      for index in 1..<rows.count { rows[index][2] = "patient \(index)" }
    }
    #expect(part.n == 8 && part.skipped?.notAskedFor == 4)
    #expect(throws: TrainingError(.listColumn, column: "split")) {
      try report(split: "train") { $0[0][3] = "part" }
    }
    #expect(throws: TrainingError(.contradictoryLabels, index: 14, column: "pneumothorax")) {
      try report {
        var copy = $0[2]
        copy[1] = copy[1] == "1" ? "0" : "1"
        $0.append(copy)
      }
    }
  }

  @Test func oneClassGivesNoAurocAndSaysWhy() throws {
    let negatives = try report { rows in
      for index in 1..<rows.count { (rows[index][1], rows[index][4]) = ("0", "") }
    }
    #expect(negatives.auroc == nil && negatives.aurocReason == "no positives")
    #expect(negatives.map == nil && negatives.mapReason == "no lesion is drawn")
    let json = try negatives.json(oneLine: true)
    #expect(!json.contains("\n"))
    for key in ["auroc", "aurocInterval", "pixelPRAUC", "dice", "map", "viewAUROC"] {
      #expect(json.contains("\"\(key)\":null"), "\(key)")
    }
    #expect(json.contains("\"n\":12") && json.contains("\"positives\":0"))
  }

  @Test func oddLabelsAreCounted() throws {
    let odd = try report { rows in
      let positive = rows.firstIndex { $0[1] == "1" } ?? 1
      rows[positive][1] = "0"
      let other = rows.lastIndex { $0[1] == "1" } ?? 1
      rows[other][4] = ""
    }
    #expect(odd.oddities.negativesWithLesion == 1)
    #expect(odd.oddities.positivesNotDrawn == 1)
    #expect(odd.oddities.withoutLungs == 12)
  }

  @Test func notANumberIsNamedByRow() throws {
    let corpus = try ToyCorpus()
    defer { corpus.remove() }
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    // Activations overflow, and infinity times zero is no number.
    let sound = try MeanModel.package(threshold: 1)
    var kernel = Tensor(zeros: [1, 1, 3, 3])
    kernel.values[4] = 3e38
    let model = try ModelPackage(
      sound.description,
      parameters: Parameters([
        "stage0.conv0.weight": kernel, "stage0.conv0.bias": Tensor([1], [3e38]),
        "head.weight": Tensor([1, 1], [0]), "head.bias": Tensor([1], [0]),
      ]))
    #expect(throws: TrainingError(.scoreNotANumber, index: 2, column: "score")) {
      try Evaluation.run(
        model: model, on: source, options: .init(corpusRoot: corpus.folder, threads: 2))
    }
  }

  @Test func headlineFiguresAreNumbers() throws {
    let report = try report()
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(try report.json().utf8)) as? [String: Any])
    #expect(close(json["auroc"] as? Double, report.auroc?.value ?? -1, 1e-12))
    #expect((json["aurocInterval"] as? [Double])?.count == 2)
    let dice = report.map?.dice.positivesOnly?.value ?? -1
    #expect(close(json["dice"] as? Double, dice, 1e-12))
    let area = report.map?.pixels.trapezoid?.value ?? -1
    #expect(close(json["pixelPRAUC"] as? Double, area, 1e-12))
    let map = try #require(json["map"] as? [String: Any])
    let overlap = try #require(map["overlap"] as? [String: Any])
    for predictor in ["model", "ungated", "darkest", "wholeLung", "allEmpty"] {
      let figures = try #require(overlap[predictor] as? [String: Any])
      #expect(Set(figures.keys) == Set(OverlapDefinition.allCases.map(\.rawValue)))
    }
    #expect(map["thresholdSource"] as? String == "unstated")
  }

  @Test func reportsAreTheSameForAnyNumberOfThreads() throws {
    let one = try report(threads: 1).json()
    #expect(try report(threads: 3).json() == one)
    #expect(try report(threads: 3).json() == one)
  }

  @Test func columnsMakeStrata() throws {
    let report = try report(strata: ["side", "age"]) { rows in
      rows[0].append("age")
      for index in 1..<rows.count { rows[index].append(index <= 11 ? "\(index * 8)" : "") }
    }
    let ages = report.strata.filter { $0.column == "age" }
    #expect(ages.map(\.value) == ["0-17", "18-39", "40-64", "65+", "unknown"])
    #expect(ages.map(\.n) == [2, 2, 4, 3, 1])
    #expect(ages.allSatisfy { $0.auroc == nil && $0.note != nil })
    let sizes = report.strata.filter { $0.column == "lesion size" }
    #expect(sizes.map(\.value) == ["unknown (no lungs)"])
    #expect(sizes.first?.positives == report.positives)
    #expect(throws: TrainingError(.listColumn, column: "device")) {
      try self.report(strata: ["device"])
    }
    for column in ["patient_id", "file"] {
      #expect(throws: TrainingError(.columnBarred, column: column)) {
        try self.report(strata: [column])
      }
    }
  }

  @Test(arguments: [
    ("17", "0-17"), ("18", "18-39"), ("39", "18-39"), ("040Y", "40-64"), ("65", "65+"),
    ("011M", "0-17"), ("300D", "0-17"), ("", "unknown"), ("x", "unknown"), ("-3", "unknown"),
    ("300", "unknown"), ("64.5", "40-64"),
  ])
  func agesHaveBands(cell: String, band: String) {
    #expect(Strata.ageBand(cell) == band)
  }

  @Test func sizesHaveBands() {
    let bands = [0.0, 0.0099, 0.01, 0.05, 0.0501, nil].map(Strata.size)
    #expect(bands == [0, 0, 1, 1, 2, 3])
  }
}
