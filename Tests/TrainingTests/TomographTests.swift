import Foundation
import Imaging
import Networks
import Phantoms
import Testing
import Training

/// Models of CT slices, on lists of pictures and on series.
@Suite struct TomographTests {
  private func lesionModel() throws -> ModelPackage {
    try MeanModel.package(threshold: 0.5) {
      $0.modalities = ["CT"]
      $0.labels = [.init(name: "lesion", display: "Lesion")]
      $0.preparation = ImagePreparation(
        width: 32, height: 32, crop: .lungBox, normalisation: .lungMedian, low: -850, high: 500,
        lungOnly: true)
    }
  }

  private func withSet(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "slices-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try PhantomSet(
      .init(kind: .computedTomography, count: 12, seed: 3, size: 64, folder: folder)
    ).write()
    try body(folder)
  }

  private func evaluate(_ folder: String) throws -> EvaluationReport {
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    return try Evaluation.run(
      model: try lesionModel(), on: source, options: .init(corpusRoot: folder, threads: 2))
  }

  @Test func aWrittenSetMeasuresAsThePhantomsThemselves() throws {
    try withSet { folder in
      let written = try evaluate(folder)
      let direct = try Evaluation.run(
        model: try lesionModel(),
        on: .init(kind: .tomographPhantoms, use: .validation, seed: 3, count: 12, size: 64),
        options: .init(threads: 2))
      #expect(written.n == 12 && written.positives == direct.positives)
      let map = try #require(written.map)
      let known = try #require(direct.map)
      // HU are stored as whole numbers.
      #expect(close(map.pixelAP, known.pixelAP ?? -1, 0.02))
      #expect(close(map.prevalenceInLung, known.prevalenceInLung, 1e-9))
      #expect(
        close(
          map.wholeLungDice.positivesOnly?.value, known.wholeLungDice.positivesOnly?.value ?? -1)
      )
    }
  }

  @Test func picturesOfEightBitsAreNotHounsfieldUnits() throws {
    try withSet { folder in
      let name = folder + "/images/000002.png"
      try PNG.write(GreyPicture(try PNG.read(name).image), to: name)
      #expect(throws: TrainingError(.pictureNotHounsfield, index: 4)) { try evaluate(folder) }
    }
  }

  @Test func slicesWithoutDrawnLungsAreRefused() throws {
    try withSet { folder in
      let path = folder + "/labels.csv"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      try text.replacingOccurrences(of: "lungs/000001.png", with: "").write(
        toFile: path, atomically: true, encoding: .utf8)
      #expect(throws: TrainingError(.lungsMissing, index: 3)) { try evaluate(folder) }
    }
  }

  @Test func seriesOfOneKindCannotBeCalibrated() throws {
    #expect(throws: TrainingError(.oneClassOnly)) {
      try SeriesCalibration(
        model: try lesionModel(), seed: 1, count: 1, size: 64, slices: 6, threads: 1
      ).run()
    }
  }

  @Test func seriesAreReadByTheirStrongestSlices() throws {
    let (model, report) = try SeriesCalibration(
      model: try lesionModel(), seed: 1, count: 12, size: 96, slices: 10, threads: 2
    ).run()
    #expect(report.series == 12 && (1..<12).contains(report.positives))
    #expect(report.aurocByTopSlices.keys.sorted() == [1, 2, 3, 5])
    let best = report.aurocByTopSlices.values.map(\.value).max()
    #expect(report.aurocByTopSlices[report.topSlices]?.value == best)
    let series = try #require(model.description.series)
    #expect(series.topSlices == report.topSlices && series.calibration.a < 0)
    #expect(model.parameters == (try lesionModel().parameters))
  }
}
