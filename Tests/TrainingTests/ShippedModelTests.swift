import Foundation
import Graphs
import Lungs
import Networks
import Tensors
import Testing
import Training

/// The weights in `models/` do what their cards say, on phantoms of a seed of their own.
@Suite struct ShippedModelTests {
  private static func folder(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path + "/models/" + name
  }

  @Test(arguments: ["lungs-radiograph", "pneumothorax", "lesion-ct"])
  func goldenVectorsHold(_ name: String) throws {
    let model = try ModelPackage.load(Self.folder(name))
    #expect(model.description.name == name)
    #expect(model.description.experimental == (name == "pneumothorax" ? true : nil))
    try model.verify(workspace: Workspace(threads: 1))
    #expect(FileManager.default.fileExists(atPath: Self.folder(name) + "/CARD.md"))
  }

  @Test func lungsOfPhantoms() throws {
    let lungs = try RadiographLungs(model: .load(Self.folder("lungs-radiograph")))
    let report = try LungEvaluation.run(
      lungs,
      on: Recipe.Source(
        kind: .radiographPhantoms, use: .validation, seed: 4242, count: 8, size: 192),
      corpusRoot: nil, threads: 2)
    #expect((report.dice.positivesOnly?.value ?? 0) > 0.95)
    #expect(report.refused == 0)
  }

  @Test func pneumothoraxOfPhantomsIsFoundAndPlaced() throws {
    let lungs = try RadiographLungs(model: .load(Self.folder("lungs-radiograph")))
    let report = try Evaluation.run(
      model: .load(Self.folder("pneumothorax")),
      on: Recipe.Source(
        kind: .radiographPhantoms, use: .validation, seed: 4242, count: 40, size: 256),
      options: .init(lungs: lungs, threads: 2))
    #expect((report.auroc?.value ?? 0) > 0.9)
    #expect((report.map?.peakInTruth?.value ?? 0) > 0.3)
    #expect((report.map?.diceUngated.positivesOnly?.value ?? 0) > 0.3)
    #expect((report.map?.sideCorrect?.value ?? 0) > 0.85)
  }

  @Test func lesionsOfPhantomSlices() throws {
    let report = try Evaluation.run(
      model: .load(Self.folder("lesion-ct")),
      on: Recipe.Source(
        kind: .tomographPhantoms, use: .validation, seed: 4242, count: 60, size: 256),
      options: .init(threads: 2))
    #expect((report.auroc?.value ?? 0) > 0.8)
    let map = try #require(report.map)
    #expect((map.pixelAP ?? 0) > map.prevalenceInLung)
  }
}
