/// Why scoring could not go on: a stable code, no text from the data.
package struct ScoringError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, Hashable, CaseIterable {
    /// A model package that scoring needs is not in the models folder.
    case modelMissing = "model-missing"
    /// A package is there, but its task or label is not what its place needs.
    case modelUnsuitable = "model-unsuitable"
    /// The output folder cannot be written: full, or not permitted.
    case outputUnwritable = "output-unwritable"
    /// Nothing in the study is a film or a CT series that can be scored.
    case nothingToScore = "nothing-to-score"
    /// The folder to watch is not there or cannot be read.
    case unreadableFolder = "unreadable-folder"
  }

  package let code: Code
  /// Name of the model package, where one is meant.
  package let model: String?

  package init(_ code: Code, model: String? = nil) {
    self.code = code
    self.model = model
  }

  /// Fatal errors stop a run: no later study would fare better.
  package var isFatal: Bool { code != .nothingToScore }

  /// What a person can do about it.
  package var advice: String {
    switch code {
    case .modelMissing: "give --models a folder that holds this package"
    case .modelUnsuitable: "restore the package: its task or label does not fit its place"
    case .outputUnwritable: "check free space and write permission of the output folder"
    case .nothingToScore: "nothing to do: the study has no frontal film and no CT series"
    case .unreadableFolder: "check that the folder exists and that this user may read it"
    }
  }

  package var description: String { model.map { "\(code.rawValue): \($0)" } ?? code.rawValue }
}
