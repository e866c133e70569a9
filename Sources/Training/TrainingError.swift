import Foundation

/// What went wrong in training or evaluation. Carries no text from data.
package struct TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case recipe = "recipe-invalid"
    case listUnreadable = "list-unreadable"
    case listColumn = "list-column-missing"
    case pictureUnreadable = "picture-unreadable"
    case pictureNotHounsfield = "picture-not-hounsfield"
    case lungsMissing = "lungs-missing"
    case noSamples = "no-samples"
    case oneClassOnly = "one-class-only"
    case patientInTwoSplits = "patient-in-two-splits"
    case fileMissing = "file-missing"
    case maskSize = "mask-size-differs"
    case columnBarred = "column-not-for-strata"
    case labelUnknown = "label-not-of-this-model"
    case contradictoryLabels = "contradictory-labels"
    case scoreNotANumber = "score-not-a-number"
    case licenceRefused = "licence-refused"
    case checkpointMismatch = "checkpoint-mismatch"
    case notANumber = "loss-not-a-number"
    case output = "output-not-writable"
  }

  package let code: Code
  /// Row of a list, number of a source, or step: by `code`.
  package let index: Int?
  /// Column of a list: one of the structure, or one that was asked for by name; never a cell.
  package let column: String?

  package init(_ code: Code, index: Int? = nil, column: String? = nil) {
    self.code = code
    self.index = index
    self.column = column
  }

  package var description: String {
    guard let column else { return code.rawValue + (index.map { " (\($0))" } ?? "") }
    return code.rawValue + " (" + (index.map { "row \($0), " } ?? "") + "column \(column))"
  }

  /// What to do about it, where that is not plain.
  package var advice: String? {
    switch code {
    case .noSamples: "nothing is left to use; check label, split, prefix and corpus"
    case .columnBarred: "it may tell who a patient is, or is no property of one"
    case .labelUnknown: "--label names one of the model's labels"
    case .listColumn: "the header of the list must hold this column"
    case .fileMissing: "paths in a list are relative to its folder; the header is row 1"
    case .maskSize: "a mask must have the size of its picture; the header is row 1"
    case .contradictoryLabels: "the same file has two labels; the header is row 1"
    case .scoreNotANumber: "the model gives no number for this picture; the header is row 1"
    default: nil
    }
  }
}
