import Localization
import Networks

/// An evaluation in its steps: check, measure, report, show.
package struct EvaluationRun: Sendable {
  /// What was measured: small figures of each film, and counts of all pixels.
  package struct Measured: Sendable {
    let items: [FilmResult]
    let measure: FilmMeasure
  }

  let model: ModelPackage
  let label: String
  let set: EvaluationSet
  let reader: FilmReader
  let options: Evaluation.Options
  private let title: String

  /// Checks the list before anything is computed.
  ///
  /// Throws `TrainingError`: `noSamples` for an empty set, `labelUnknown`, `lungsMissing` when the
  /// model's preparation needs lungs and nothing can tell them, and as `EvaluationSet`.
  package init(
    model: ModelPackage, on source: Recipe.Source, label asked: String? = nil,
    options: Evaluation.Options
  ) throws {
    let names = model.description.labels.map(\.name)
    guard let name = asked ?? names.first, let index = names.firstIndex(of: name) else {
      throw TrainingError(.labelUnknown, column: asked)
    }
    let tomograph = source.isTomograph(modalities: model.description.modalities)
    let needsLungs = model.description.preparation.needsLungs
    guard tomograph || !needsLungs || options.lungs != nil else {
      throw TrainingError(.lungsMissing)
    }
    var needs = FilmSource.Needs(hounsfield: tomograph, lungs: needsLungs)
    needs.exactMasks = true
    needs.slicePictures = model.description.slicePictures
    set = try EvaluationSet(
      source, label: name, corpusRoot: options.corpusRoot, strata: options.strata, needs: needs)
    guard set.films.count > 0 else { throw TrainingError(.noSamples) }
    reader = FilmReader(
      model: model, classifier: try Classifier(model: model, label: index), label: index,
      isTomograph: tomograph, options: options)
    self.model = model
    self.label = name
    self.options = options
    title = source.title
  }

  /// Reads every film once. Memory: a few kilobytes a film, beside the films that the workers hold.
  /// Throws the error of the first film that fails: none is left out.
  package func measure() throws -> Measured {
    let measure = FilmMeasure(isTomograph: reader.isTomograph)
    let items = try Items.map(set.films.count, threads: options.threads) { item, workspace in
      try reader.examine(set.films.film(item), row: set.rows?[item].line, workspace)
        .map { measure.result($0, item: item) }
    }.compactMap { $0 }
    return Measured(items: items, measure: measure)
  }

  package func report(_ measured: Measured) -> EvaluationReport {
    let items = measured.items
    let truth = items.map(\.label)
    let scores = items.map(\.probability)
    let point = model.description.operatingPoint(ofLabel: reader.label)
    var report = EvaluationReport(
      model: model.description.name, modelDigest: model.digest, label: label, set: title,
      n: items.count, positives: truth.reduce(0, +))
    report.experimental = model.description.experimental
    if !reader.isTomograph { report.lungModelDigest = options.lungModelDigest }
    report.patients = options.bootstrap(items.map(\.patient)).patients
    report.auroc = Ranking.auroc(scores: scores, truth: truth)
    if report.auroc == nil {
      report.aurocReason = report.positives == 0 ? "no positives" : "no negatives"
    }
    report.aurocByPatient = area(items) { _ in "" }
    report.aurocWithinOrigins = area(items, within: \.origin)
    report.operatingPoint = point.flatMap {
      OperatingPointReport.count(
        scores: scores, truth: truth, threshold: $0.threshold, target: $0.targetSensitivity)
    }
    report.image = ImageReport(
      scores: scores, truth: truth, threshold: point?.threshold, prevalence: options.prevalence,
      darkness: items.map {
        ($0.lungDarkness ?? $0.darkness) * (reader.isTomograph ? -1 : 1)
      })
    report.lesionsAreBright = reader.isTomograph
    addBaselines(items, to: &report)
    report.map = MapReport(
      items, cut: model.description.mapCut(ofLabel: reader.label), measure: measured.measure,
      options: options)
    if report.map == nil {
      report.mapReason =
        model.description.mapCut(ofLabel: reader.label) == nil
        ? "the model makes no map" : "no lesion is drawn"
    }
    report.strata = Strata(rows: set.rows, columns: set.strata, options: options).report(items)
    report.skipped = set.skipped
    report.oddities = oddities(items)
    report.bootstrap = .init(replicates: options.replicates, seed: options.seed)
    return report
  }

  /// Over pairs that agree in `key`, with its interval by patient.
  private func area(_ items: [FilmResult], within key: (FilmResult) -> String) -> Estimate? {
    PairRanking(
      scores: items.map(\.probability), truth: items.map(\.label), origins: items.map(key)
    ).estimate(bootstrap: options.bootstrap(items.map(\.patient)))
  }

  private func addBaselines(_ items: [FilmResult], to report: inout EvaluationReport) {
    let truth = items.map(\.label)
    report.darknessAUROC = Ranking.auroc(scores: items.map(\.darkness), truth: truth)
    let lit = items.filter { $0.lungDarkness != nil }
    report.lungDarknessAUROC = Ranking.auroc(
      scores: lit.map { $0.lungDarkness ?? 0 }, truth: lit.map(\.label))
    guard let rows = set.rows else { return }
    let views = items.compactMap { item in
      rows[item.item].cells["view"].flatMap(Self.isAP).map { ($0 ? 1.0 : 0, item.label) }
    }
    report.viewAUROC = Ranking.auroc(scores: views.map(\.0), truth: views.map(\.1))
  }

  /// Films taken anteroposterior are mostly of bedridden patients; nil where the cell says neither.
  private static func isAP(_ cell: String) -> Bool? {
    let view = cell.uppercased()
    return view.hasPrefix("AP") ? true : view.hasPrefix("PA") ? false : nil
  }

  private func oddities(_ items: [FilmResult]) -> EvaluationReport.Oddities {
    var odd = EvaluationReport.Oddities()
    let anyDrawn = items.contains { ($0.drawn?.overlap.allEmpty.truth ?? 0) > 0 }
    for item in items {
      if item.lungDarkness == nil { odd.withoutLungs += 1 }
      guard let drawn = item.drawn else {
        if anyDrawn, item.label == 1 { odd.positivesNotDrawn += 1 }
        continue
      }
      let lesion = drawn.overlap.allEmpty.truth > 0
      if item.label == 1, !lesion { odd.positivesWithEmptyMask += 1 }
      if item.label == 0, lesion { odd.negativesWithLesion += 1 }
    }
    return odd
  }
}
