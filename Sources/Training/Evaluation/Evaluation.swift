import Foundation
import Lungs
import Localization
import Networks

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
    /// Prevalence that predictive values are told for; nil: that of the set.
    package var prevalence: Double?
    /// Columns that make strata; nil: the usual ones that the list has.
    package var strata: [String]?
    /// Of the draws of intervals by patient.
    package var seed: UInt64 = 1
    package var replicates = 1000

    package init(
      corpusRoot: String? = nil, lungs: RadiographLungs? = nil, threads: Int,
      smallestShare: Double = Regions.filmShare
    ) {
      self.corpusRoot = corpusRoot
      self.lungs = lungs
      self.threads = threads
      self.smallestShare = smallestShare
    }

    func bootstrap(_ patients: [String]) -> PatientBootstrap {
      PatientBootstrap(patients: patients, draws: replicates, seed: seed, threads: threads)
    }
  }

  /// - Parameters:
  ///   - model: a classification model.
  ///   - source: the set; its `use` and `weight` do not matter.
  ///   - label: the label judged; nil for the model's first.
  /// Throws as `EvaluationRun`.
  package static func run(
    model: ModelPackage, on source: Recipe.Source, label: String? = nil, options: Options
  ) throws -> EvaluationReport {
    let run = try EvaluationRun(model: model, on: source, label: label, options: options)
    return run.report(try run.measure())
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
