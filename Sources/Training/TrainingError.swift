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
    case licenceRefused = "licence-refused"
    case checkpointMismatch = "checkpoint-mismatch"
    case notANumber = "loss-not-a-number"
    case output = "output-not-writable"
  }

  package let code: Code
  /// Row of a list, number of a source, or step: by `code`.
  package let index: Int?

  package init(_ code: Code, index: Int? = nil) {
    self.code = code
    self.index = index
  }

  package var description: String { code.rawValue + (index.map { " (\($0))" } ?? "") }
}
