/// Why a model is refused: a stable code and a place, never text from the model.
package struct ModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Stable: written to logs and reports.
  package enum Code: String, Sendable {
    case specification = "network-specification"
    case inputSize = "network-input-size"
    case unreadable = "model-unreadable"
    case unwritable = "model-unwritable"
    case document = "model-document"
    case version = "model-format-version"
    case weights = "model-weights"
    case golden = "model-golden-vectors"
  }

  package let code: Code
  /// The index of the layer, tensor or golden vector concerned.
  package let place: Int?

  package init(_ code: Code, at place: Int? = nil) {
    self.code = code
    self.place = place
  }

  package var description: String {
    place.map { "\(code.rawValue) at \($0)" } ?? code.rawValue
  }
}
