/// What is wrong with a graph, its inputs or a parameter file.
///
/// Holds a stable code and a place, never text or values from the data.
package struct GraphError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Stable: written to logs and reports.
  package enum Code: String, Sendable {
    case inputCount = "operator-input-count"
    case shape = "operator-shape"
    case attribute = "operator-attribute"
    case foreignValue = "value-of-another-graph"
    case duplicateName = "duplicate-name"
    case notScalar = "gradient-of-non-scalar"
    case noGradient = "operator-without-gradient"
    case missingInput = "missing-input"
    case missingParameter = "missing-parameter"
    case inputShape = "input-shape"
    case parameterShape = "parameter-shape"
    case fileUnreadable = "file-unreadable"
    case fileUnwritable = "file-unwritable"
    case fileTooLarge = "file-too-large"
    case fileHeader = "file-header"
    case fileType = "file-element-type"
    case fileOffsets = "file-offsets"
    case memoryLimit = "memory-limit"
    case notFinite = "not-finite"
  }

  package let code: Code
  /// The node (`Value.index`) where it happened, or for a file the entry in the order of names.
  package let place: Int?
  /// Bytes that were asked for, and bytes that were allowed, with `.memoryLimit`.
  package let needed: Int?
  package let allowed: Int?

  package init(_ code: Code, at place: Int? = nil, needed: Int? = nil, allowed: Int? = nil) {
    self.code = code
    self.place = place
    self.needed = needed
    self.allowed = allowed
  }

  package var description: String {
    let spot = place.map { " at \($0)" } ?? ""
    let numbers = needed.map { " (\($0) bytes needed, \(allowed ?? 0) allowed)" } ?? ""
    return code.rawValue + spot + numbers
  }
}
