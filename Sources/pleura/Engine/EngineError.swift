/// What `pleura engine` refuses. Holds a stable code and the place, never text from the data.
struct EngineError: Error, CustomStringConvertible {
  /// Stable: written to logs.
  enum Code: String {
    case noOutput = "engine-network-without-output"
    case inputShape = "engine-batch-of-scalar"
    case command = "engine-unknown-command"
    case notANumber = "engine-loss-not-a-number"
    case weights = "engine-weights-of-another-network"
  }

  let code: Code
  /// The parameter of a named network.
  let place: String?

  init(_ code: Code, at place: String? = nil) {
    self.code = code
    self.place = place
  }

  var description: String { place.map { "\(code.rawValue): \($0)" } ?? code.rawValue }
}
