import DICOM
import Findings
import Foundation
import Pipelines
import Tensors

/// A study on its way through scoring.
package struct ScoringJob: Sendable {
  package let studyID: Int64
  package let studyInstanceUID: String
  /// Of the registered instances.
  package let modalities: [String]
  package let inputDigest: String
  /// Every waiting instance with the ledger id of its file.
  package let instances: [(fileID: Int64, instance: Instance)]

  package init(
    studyID: Int64, studyInstanceUID: String, modalities: [String], inputDigest: String,
    instances: [(fileID: Int64, instance: Instance)]
  ) {
    self.studyID = studyID
    self.studyInstanceUID = studyInstanceUID
    self.modalities = modalities
    self.inputDigest = inputDigest
    self.instances = instances
  }
}

/// A study with what was found in it, not yet written or recorded.
package struct ScoredStudy: Sendable {
  package let job: ScoringJob
  package let startedAt: Date
  package let key: WorkKey
  package let model: ModelIdentity
  package var films: [FilmFinding] = []
  /// By film, the labels of the panel.
  package var panels: [[FilmFinding]] = []
  package var series: [SeriesFinding] = []
  package var outcomes: [Int64: FileOutcome] = [:]
  /// The first error of a study of which nothing could be scored.
  package var failure: DICOMError?
}

/// A study of which everything was left out, each file for its own reason.
package struct NothingScored: Error, Sendable {
  package let outcomes: [Int64: FileOutcome]
}

extension ScoredStudy {
  mutating func skip(
    _ instances: [Instance], _ reason: StudySelection.Reason, files: [UID: Int64]
  ) {
    for instance in instances {
      files[instance.sopInstanceUID].map { outcomes[$0] = .skipped(reason: reason.rawValue) }
    }
  }

  /// Quarantines the files of instances that could not be decoded.
  mutating func fail(_ instances: [Instance], with error: DICOMError, files: [UID: Int64]) {
    failure = failure ?? error
    for instance in instances {
      guard let file = files[instance.sopInstanceUID] else { continue }
      outcomes[file] = .quarantined(
        reason: error.code.rawValue, place: error.place.description)
    }
  }
}

/// First stage: decode, find the lungs, score, localize.
package struct ScoreStage: Stage {
  package let name = "score"
  package let width: Int
  let models: ScoringModels
  let reader: any InstanceReader

  package init(models: ScoringModels, reader: any InstanceReader, width: Int) {
    self.models = models
    self.reader = reader
    self.width = width
  }

  /// One scratch memory a worker.
  package func makeBench() throws -> Workspace { Workspace(threads: 1) }

  /// A film or slice that cannot be decoded fails alone: its file is quarantined with the code, the
  /// rest of the study is scored.
  package func process(_ job: ScoringJob, at workspace: Workspace) throws -> ScoredStudy {
    let selection = StudySelection(job.instances.map(\.instance))
    guard !selection.isEmpty else { throw ScoringError(.nothingToScore) }
    var study = ScoredStudy(
      job: job, startedAt: Date(),
      key: models.key(
        study: job.studyInstanceUID, inputDigest: job.inputDigest, modalities: job.modalities),
      model: models.identity(modalities: job.modalities))
    let files = Dictionary(
      job.instances.map { ($0.instance.sopInstanceUID, $0.fileID) }, uniquingKeysWith: { a, _ in a }
    )
    for (instance, reason) in selection.leftOut { study.skip([instance], reason, files: files) }
    let film = FilmScorer(reader: reader, models: models)
    for instance in selection.films {
      do {
        let (main, panel) = try film.score(instance, using: workspace)
        study.films.append(main)
        if !panel.isEmpty { study.panels.append(panel) }
      } catch let error as DICOMError {
        study.fail([instance], with: error, files: files)
      }
    }
    var isDone = false
    for slices in selection.series {
      if isDone {
        study.skip(slices, .otherSeriesChosen, files: files)
        continue
      }
      do {
        try scoreSeries(slices, into: &study, files: files, using: workspace)
        isDone = true
      } catch let refusal as SeriesRefusal {
        study.skip(slices, refusal.reason, files: files)
      }
    }
    if study.films.isEmpty, study.series.isEmpty, study.failure == nil {
      throw NothingScored(outcomes: study.outcomes)
    }
    return study
  }

  /// Throws `SeriesRefusal` for a series that is none to score.
  private func scoreSeries(
    _ slices: [Instance], into study: inout ScoredStudy, files: [UID: Int64],
    using workspace: Workspace
  ) throws {
    let scorer = SeriesScorer(reader: reader, model: models.series)
    do {
      study.series += try scorer.score(slices, using: workspace)
    } catch let error as DICOMError {
      let sound = withoutDamaged(slices, of: &study, files: files)
      guard !sound.isEmpty, sound.count < slices.count else {
        return study.fail(slices, with: error, files: files)
      }
      do {
        study.series += try scorer.score(sound, using: workspace)
      } catch let error as DICOMError {
        study.fail(sound, with: error, files: files)
      }
    }
  }

  /// The slices that decode by themselves; the others are quarantined, each with its own code.
  private func withoutDamaged(
    _ slices: [Instance], of study: inout ScoredStudy, files: [UID: Int64]
  ) -> [Instance] {
    slices.filter { slice in
      do {
        for frame in 0..<max(1, slice.numberOfFrames) {
          _ = try reader.hounsfield(of: slice, frame: frame)
        }
        return true
      } catch let error as DICOMError {
        study.fail([slice], with: error, files: files)
        return false
      } catch {
        return false
      }
    }
  }
}
