import Foundation
import Graphs
import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// Runs a model over a set of pictures as scoring does: lungs found, prepared, read, mapped, cut.
package enum Evaluation {
  package struct Options: Sendable {
    /// Folder that lists are relative to.
    package var corpusRoot: String?
    package var lungs: RadiographLungs?
    /// Digest of the package that `lungs` came from, for the report.
    package var lungModelDigest: String?
    package var threads: Int
    /// Smallest region, as a share of the lungs.
    package var smallestShare: Double

    package init(
      corpusRoot: String? = nil, lungs: RadiographLungs? = nil, threads: Int,
      smallestShare: Double = Regions.filmShare
    ) {
      self.corpusRoot = corpusRoot
      self.lungs = lungs
      self.threads = threads
      self.smallestShare = smallestShare
    }
  }

  /// - Parameters:
  ///   - model: a classification model.
  ///   - source: the set; its `use` and `weight` do not matter.
  ///   - label: the label judged; nil for the model's first.
  /// Throws `TrainingError`: `noSamples` for an empty set or an unknown label, `lungsMissing` when
  /// the model's preparation needs lungs and nothing can tell them.
  package static func run(
    model: ModelPackage, on source: Recipe.Source, label: String? = nil, options: Options
  ) throws -> EvaluationReport {
    let names = model.description.labels.map(\.name)
    guard let name = label ?? names.first, let index = names.firstIndex(of: name) else {
      throw TrainingError(.noSamples)
    }
    let classifier = try Classifier(model: model, label: index)
    let tomograph = source.isTomograph(modalities: model.description.modalities)
    let needsLungs = model.description.preparation.needsLungs
    guard tomograph || !needsLungs || options.lungs != nil else {
      throw TrainingError(.lungsMissing)
    }
    let films = try FilmSource(
      source, names: [name], corpusRoot: options.corpusRoot,
      needs: .init(hounsfield: tomograph, lungs: needsLungs))
    let reader = FilmReader(
      model: model, classifier: classifier, label: index, isTomograph: tomograph,
      options: options)
    let items = try Items.map(films.count, threads: options.threads) { item, workspace in
      try reader.read(films.film(item), workspace)
    }.compactMap { $0 }
    guard !items.isEmpty else { throw TrainingError(.noSamples) }
    var report = report(model, name, source, items)
    if !tomograph { report.lungModelDigest = options.lungModelDigest }
    return report
  }

  private static func report(
    _ model: ModelPackage, _ label: String, _ source: Recipe.Source, _ items: [FilmResult]
  ) -> EvaluationReport {
    let truth = items.map(\.label)
    var report = EvaluationReport(
      model: model.description.name, modelDigest: model.digest, label: label, set: source.title,
      n: items.count, positives: truth.reduce(0, +))
    report.auroc = Ranking.auroc(scores: items.map(\.probability), truth: truth)
    report.aurocWithinOrigins = withinOrigins(items)
    report.operatingPoint = model.description.operatingPoint.flatMap {
      OperatingPointReport.count(
        scores: items.map(\.probability), truth: truth, threshold: $0.threshold,
        target: $0.targetSensitivity)
    }
    report.darknessAUROC = Ranking.auroc(scores: items.map(\.darkness), truth: truth)
    let lit = items.filter { $0.lungDarkness != nil }
    report.lungDarknessAUROC = Ranking.auroc(
      scores: lit.map { $0.lungDarkness ?? 0 }, truth: lit.map(\.label))
    report.map = mapReport(model, items)
    return report
  }

  private static func withinOrigins(_ items: [FilmResult]) -> Double? {
    var wins = 0.0
    var pairs = 0.0
    // By name, so that the sum is made in the same order every time.
    let groups = Dictionary(grouping: items, by: \.origin).sorted { $0.key < $1.key }
    for (_, group) in groups {
      guard
        let area = Ranking.auroc(scores: group.map(\.probability), truth: group.map(\.label))
      else { continue }
      let positives = Double(group.filter { $0.label == 1 }.count)
      let weight = positives * (Double(group.count) - positives)
      wins += area.value * weight
      pairs += weight
    }
    return pairs > 0 ? wins / pairs : nil
  }

  private static func mapReport(
    _ model: ModelPackage, _ items: [FilmResult]
  ) -> EvaluationReport.MapReport? {
    guard let map = model.description.map else { return nil }
    let drawn = items.filter { $0.pixels != nil }
    guard drawn.contains(where: { $0.label == 1 }) else { return nil }
    let truth = drawn.compactMap { $0.pixels?.truth }
    let groups = drawn.map(\.patient)
    func dice(_ pick: (PixelResult) -> Mask) -> DiceReport {
      DiceReport(predicted: drawn.compactMap { $0.pixels.map(pick) }, truth: truth, groups: groups)
    }
    let positives = drawn.filter { $0.label == 1 }.compactMap(\.pixels)
    let called = positives.filter { $0.isPositive && $0.side != nil && $0.trueSide != nil }
    let inLung = positives.flatMap(\.truthInLung)
    return EvaluationReport.MapReport(
      method: map.method, threshold: map.threshold, thresholdSource: map.thresholdSource,
      dice: dice {
        $0.isPositive ? $0.regions : Mask(width: $0.truth.width, height: $0.truth.height)
      },
      diceUngated: dice(\.regions),
      peakInTruth: Intervals.wilson(
        successes: positives.filter(\.peakInTruth).count, of: positives.count),
      sideCorrect: Intervals.wilson(
        successes: called.filter { $0.side == $0.trueSide }.count, of: called.count),
      pixelAP: Ranking.averagePrecision(scores: positives.flatMap(\.mapInLung), truth: inLung),
      intensityPixelAP: Ranking.averagePrecision(
        scores: positives.flatMap(\.intensityInLung), truth: inLung),
      prevalenceInLung: inLung.isEmpty
        ? 0 : Double(inLung.reduce(into: 0) { $0 += Int($1) }) / Double(inLung.count),
      wholeLungDice: dice(\.lung),
      allEmptyDice: dice { Mask(width: $0.truth.width, height: $0.truth.height) })
  }
}

extension Recipe.Source {
  /// In words, for reports: never a path.
  package var title: String {
    switch kind {
    case .pictures: "\(list ?? "")\(split.map { " split " + $0 } ?? "")"
    case .data:
      "data\(dataset.map { " " + $0.rawValue } ?? "")\(split.map { " split " + $0 } ?? "")"
    default: "\(kind.rawValue) seed \(seed ?? 0) count \(count ?? 0) size \(size ?? 256)"
    }
  }
}
