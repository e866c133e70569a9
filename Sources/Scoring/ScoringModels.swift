import DICOM
import Findings
import Foundation
import Graphs
import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// The models that score films and CT series, loaded and verified once, shared by all workers.
package struct ScoringModels: Sendable {
  /// Everything between bytes and findings that is not a model: a change that can change a finding
  /// raises it, and studies are scored again.
  package static let planVersion = "4"
  package static let softwareVersion = "0.1.0"

  /// One classifier with the words that go into findings and objects.
  package struct Reader: Sendable {
    let classifier: Classifier
    let description: ModelDescription
    let label: ModelDescription.Label
    /// Of its logit.
    var index = 0
    let threshold: Double
    let regions: Regions
    package let identity: ModelIdentity

    var producer: Producer {
      Producer(
        softwareVersion: ScoringModels.softwareVersion, algorithmName: identity.name,
        algorithmVersion: identity.version, modelDigest: identity.digest,
        isExperimental: description.experimental)
    }

    func assessment(ofLogit logit: Double) -> Assessment {
      assessment(
        probability: description.probability(of: Float(logit), label: index), threshold: threshold)
    }

    /// Of a whole series, by the model's reading of series, or as a slice where it has none.
    func assessment(ofSlices logits: [Double?]) -> Assessment {
      guard let series = description.series else {
        return assessment(ofLogit: SeriesLogit.of(logits, top: 1) ?? -20)
      }
      let logit = SeriesLogit.of(logits, top: series.topSlices)
      return assessment(
        probability: logit.map(series.calibration.probability) ?? 0,
        threshold: series.operatingPoint.threshold)
    }

    /// Whether a picture is positive by itself, and its map worth making.
    func isPositive(_ logits: [Double]) -> Bool { assessment(ofLogit: logits[0]).isPositive }

    /// A map as it is shown, `0...1`: probabilities as they are, others over their peak.
    func heat(_ map: Image) -> Image {
      description.second == nil && description.nodules == nil ? map.scaledToPeak() : map
    }

    private func assessment(probability: Double, threshold: Double) -> Assessment {
      func concept(_ code: ModelDescription.Code?, _ other: CodedConcept) -> CodedConcept {
        code.map { CodedConcept($0.value, $0.scheme, $0.meaning) } ?? other
      }
      return Assessment(
        label: label.name,
        concept: concept(label.code, CodedConcept("52988006", "SCT", "Lesion")),
        category: concept(label.category, .abnormalStructure),
        anatomicRegion: concept(label.anatomicRegion, .lung), probability: probability,
        isCalibrated: (label.calibration ?? description.calibration) != nil,
        threshold: threshold, method: description.shownMap?.method ?? ClassActivationMap.name,
        producer: producer)
    }
  }

  package let film: Reader
  package let series: Reader
  /// Further labels of films, where the models hold such a package.
  let panel: Panel?
  package let radiographLungs: RadiographLungs
  let lungsDigest: String
  private static let lungsName = "lungs-radiograph"
  /// The package that reads CT series where no other is asked for.
  package static let seriesName = "lesion-ct"
  /// The package of further labels of films.
  package static let panelName = "findings-radiograph"
  private let films: ModelIdentity
  private let both: ModelIdentity

  /// Loads `pneumothorax`, the package that reads series, and `lungs-radiograph` below `folder` and, where it is
  /// installed, `findings-radiograph`, and runs their golden vectors. A label that both film models
  /// have is read by `pneumothorax`.
  /// - Throws: `ScoringError` `modelMissing` or `modelUnsuitable`, `ModelError`.
  package init(folder: String, series seriesName: String = seriesName) throws {
    film = try Self.reader("pneumothorax", in: folder, series: false)
    series = try Self.reader(seriesName, in: folder, series: true)
    let lungs = try Self.package(Self.lungsName, in: folder)
    guard lungs.description.task == .segmentation else {
      throw ScoringError(.modelUnsuitable, model: Self.lungsName)
    }
    radiographLungs = try RadiographLungs(
      network: lungs.description.network, parameters: lungs.parameters,
      preparation: lungs.description.preparation)
    lungsDigest = lungs.digest
    panel = try Self.panel(in: folder, known: [film.label.name])
    films = Self.joined([film.identity] + (panel?.readers.first.map { [$0.identity] } ?? []))
    both = Self.joined(
      [film.identity] + (panel?.readers.first.map { [$0.identity] } ?? []) + [series.identity])
  }

  private static func joined(_ parts: [ModelIdentity]) -> ModelIdentity {
    guard parts.count > 1 else { return parts[0] }
    return ModelIdentity(
      name: parts.map(\.name).joined(separator: "+"),
      version: parts.map(\.version).joined(separator: "+"),
      digest: SHA256.hex(of: Array(parts.map(\.digest).joined().utf8)))
  }

  /// nil where no such package is installed: a folder of recipes alone is none.
  private static func panel(in folder: String, known: Set<String>) throws -> Panel? {
    let path = folder + "/" + panelName
    guard FileManager.default.fileExists(atPath: path + "/model.json") else { return nil }
    return try Panel(
      package(panelName, in: folder), name: panelName, card: card(panelName, in: folder),
      known: known)
  }

  private static func card(_ name: String, in folder: String) -> String {
    (try? String(contentsOfFile: "\(folder)/\(name)/CARD.md", encoding: .utf8)) ?? ""
  }

  /// Name and version of the models that call their scores experimental.
  package var experimental: [(name: String, version: String)] {
    ([film, series] + (panel?.readers.first.map { [$0] } ?? []))
      .filter { $0.description.experimental == true }
      .map { ($0.identity.name, $0.identity.version) }
  }

  private static func package(_ name: String, in folder: String) throws -> ModelPackage {
    let path = folder + "/" + name
    guard FileManager.default.fileExists(atPath: path) else {
      throw ScoringError(.modelMissing, model: name)
    }
    let package = try ModelPackage.load(path)
    try package.verify(workspace: Workspace(threads: 1))
    return package
  }

  private static func reader(
    _ name: String, in folder: String, series: Bool
  ) throws -> Reader {
    let package = try package(name, in: folder)
    let description = package.description
    guard description.task == .classification, let label = description.labels.first,
      let regions = Regions(
        model: description, smallestShare: series ? Regions.seriesShare : Regions.filmShare),
      let point = description.operatingPoint
    else { throw ScoringError(.modelUnsuitable, model: name) }
    return Reader(
      classifier: try classifier(of: package, name), description: description, label: label,
      threshold: point.threshold, regions: regions,
      identity: ModelIdentity(
        name: description.name, version: description.version, digest: package.digest,
        card: card(name, in: folder)))
  }

  /// A map that cannot be made of the network makes the model unsuitable.
  private static func classifier(of package: ModelPackage, _ name: String) throws -> Classifier {
    do {
      return try Classifier(model: package)
    } catch is LocalizationError {
      throw ScoringError(.modelUnsuitable, model: name)
    }
  }

  /// The models that a study is scored by, as one identity: films, CT, or both.
  /// `modalities` are those of its registered instances; all but CT are films.
  package func identity(modalities: [String]) -> ModelIdentity {
    let hasSeries = modalities.contains("CT")
    let hasFilms = modalities.contains { $0 != "CT" }
    guard hasFilms, hasSeries else { return hasSeries ? series.identity : films }
    return both
  }

  /// The key of the work on a study: the same key is never done twice.
  package func key(study: String, inputDigest: String, modalities: [String]) -> WorkKey {
    let hasFilms = modalities.contains { $0 != "CT" }
    let lungs = hasFilms ? ";\(Self.lungsName):" + lungsDigest.prefix(16) : ""
    return WorkKey(
      studyInstanceUID: study, inputDigest: inputDigest,
      modelDigest: identity(modalities: modalities).digest,
      planVersion: Self.planVersion + lungs)
  }
}
