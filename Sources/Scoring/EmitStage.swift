import DICOM
import Findings
import Foundation
import Imaging
import Localization
import Pipelines

/// What the recorder gets: a study with its result, or with the code of its failure.
package enum StudyRecord: Sendable {
  case result(StudyResult)
  case failure(StudyFailure)
}

/// Second stage: writes previews and DICOM objects, and makes the rows to record.
package struct EmitStage: Stage {
  package let name = "emit"
  package let width: Int
  let emitter: Emitter

  /// - Parameter output: the folder for objects and previews; made when it is missing.
  package init(output: String, width: Int) {
    emitter = Emitter(output: OutputFolder(root: output))
    self.width = width
  }

  package func process(_ study: ScoredStudy, at bench: Void) throws -> StudyRecord {
    if study.films.isEmpty, study.series.isEmpty, let error = study.failure {
      var failure = StudyFailure(
        studyID: study.job.studyID, fileIDs: study.job.instances.map(\.fileID), key: study.key,
        model: study.model, code: error.code.rawValue, place: error.place.description)
      failure.outcomes = study.outcomes
      return .failure(failure)
    }
    if let first = study.job.instances.first {
      emitter.output.sweep(study: first.instance.studyInstanceUID)
    }
    var findings: [FindingDraft] = []
    for film in study.films {
      var draft = FindingDraft(film.assessment)
      draft.describe(film)
      draft.outputs = try writing { try emitter.emit(film) }
      findings.append(draft)
    }
    var shared: [OutputObject] = []
    for panel in study.panels {
      for film in panel {
        var draft = FindingDraft(film.assessment)
        draft.describe(film)
        findings.append(draft)
      }
      shared += try writing { try emitter.emit(panel: panel) }
    }
    for series in study.series {
      var draft = FindingDraft(series.assessment)
      draft.describe(series)
      draft.outputs = try writing { try emitter.emit(series) }
      findings.append(draft)
    }
    var result = StudyResult(
      studyID: study.job.studyID, fileIDs: study.job.instances.map(\.fileID), key: study.key,
      model: study.model, startedAt: study.startedAt, finishedAt: Date())
    result.findings = findings
    result.outputs = shared
    result.outcomes = study.outcomes
    return .result(result)
  }

  /// A disk that does not take our files stops the run: the next study would fare no better.
  private func writing<T>(_ body: () throws -> T) throws -> T {
    do {
      return try body()
    } catch is ImagingError {
      throw ScoringError(.outputUnwritable)
    } catch let error as DICOMError where error.code == .writeFailed {
      throw ScoringError(.outputUnwritable)
    }
  }
}

extension FindingSide {
  init(_ side: Side) { self = side == .left ? .left : .right }

  /// The side of several regions by their peaks: both when they differ; nil when none says. A
  /// region counts from half the strongest peak on: where the map is high, weak places on the
  /// other side pass its cut too.
  package init?(of regions: [(side: Side?, peak: Float)]) {
    let strongest = regions.map(\.peak).max() ?? 0
    let known = Set(regions.filter { $0.peak >= strongest / 2 }.compactMap(\.side))
    switch known.count {
    case 0: return nil
    case 1: self = known.contains(.left) ? .left : .right
    default: self = .both
    }
  }
}

extension FindingDraft {
  init(_ assessment: Assessment) {
    self.init(
      label: assessment.label, probability: assessment.probability,
      isCalibrated: assessment.isCalibrated, isPositive: assessment.isPositive)
    codeValue = assessment.concept.value
    codingScheme = assessment.concept.scheme
    codeMeaning = assessment.concept.meaning
    threshold = assessment.threshold
    method = assessment.method
    isExperimental = assessment.isExperimental
  }

  mutating func describe(_ film: FilmFinding) {
    seriesInstanceUID = film.instance.seriesInstanceUID.value
    sopInstanceUID = film.instance.sopInstanceUID.value
    side = FindingSide(of: film.regions.map { ($0.side, $0.peak) })
    let areas = film.regions.compactMap(\.areaSquareMillimetres)
    areaMM2 = areas.isEmpty ? nil : areas.reduce(0, +)
    // A share is of its own lung: sides are compared, never added.
    let shares = Dictionary(grouping: film.regions, by: \.side).values.map { regions in
      regions.compactMap(\.lungShare).reduce(0, +)
    }
    sizeShare = shares.max().flatMap { $0 > 0 ? min(1, $0) : nil }
    lungQualityFlags = film.lungFlags
    regions = film.regions.map { region in
      var row = FindingRegion()
      row.side = region.side.map { FindingSide($0) }
      row.areaPixels = region.areaPixels
      row.areaMM2 = region.areaSquareMillimetres
      row.box = (region.box.column, region.box.row, region.box.width, region.box.height)
      row.centroidColumn = region.centroidColumn
      row.centroidRow = region.centroidRow
      row.peak = Double(region.peak)
      row.mean = Double(region.mean)
      row.sopInstanceUID = film.instance.sopInstanceUID.value
      row.firstFrame = film.frame
      row.lastFrame = film.frame
      return row
    }
  }

  mutating func describe(_ series: SeriesFinding) {
    seriesInstanceUID = series.instances.first?.seriesInstanceUID.value
    side = FindingSide(of: series.regions.map { ($0.side, $0.peak) })
    let volumes = series.regions.map(\.volumeMillilitres)
    volumeML = volumes.isEmpty ? nil : volumes.reduce(0, +)
    // A share is of its own lung: sides are compared, never added.
    let shares = Dictionary(grouping: series.regions, by: \.side).values.map { regions in
      regions.compactMap(\.lungShare).reduce(0, +)
    }
    sizeShare = shares.max().flatMap { $0 > 0 ? min(1, $0) : nil }
    lungQualityFlags = series.lungFlags
    regions = series.regions.map { region in
      var row = FindingRegion()
      row.side = region.side.map { FindingSide($0) }
      row.volumeML = region.volumeMillilitres
      row.diameterMM = region.diameterMillimetres
      row.lungShare = region.lungShare
      row.box = (region.box.column, region.box.row, region.box.width, region.box.height)
      row.centroid = region.centroid
      row.peak = Double(region.peak)
      row.mean = Double(region.mean)
      row.firstFrame = region.slices.lowerBound
      row.lastFrame = region.slices.upperBound
      let shown = region.largestSlice
      row.sopInstanceUID =
        series.sources.indices.contains(shown)
        ? series.sources[shown].sopInstanceUID.value : nil
      return row
    }
  }
}
