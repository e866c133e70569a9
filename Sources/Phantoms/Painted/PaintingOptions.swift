import Imaging

/// How a painted pneumothorax lies in its lung field.
package enum PaintedPattern: String, Sendable, Hashable, Codable, CaseIterable {
  /// A crescent over the apex, the place of air in an erect patient.
  case apical
  /// A rim along the chest wall.
  case lateral
  /// The lung falls back from the wall from apex to base.
  case large
  /// Air low and lateral, as in a supine patient.
  case deepSulcus = "deep-sulcus"

  /// Greatest depth of the air, in pixels of a film 320 pixels wide, drawn log-uniformly.
  var depth: ClosedRange<Double> {
    switch self {
    case .apical: 2...36
    case .lateral: 2...30
    case .large: 20...64
    case .deepSulcus: 4...20
    }
  }
}

/// What is painted into films, and how often.
package struct PaintingOptions: Sendable {
  /// How often each pattern comes, relative to the others.
  package var apical = 0.50
  package var lateral = 0.35
  package var large = 0.15
  package var deepSulcus = 0.0
  /// Smallest and largest area of the air as a share of its lung field; depths that miss it are
  /// moved to its nearer end.
  package var sizeShare: ClosedRange<Double> = 0.002...0.75
  /// Forces the side instead of drawing it.
  package var side: Side?
  /// Chance of a chest tube in films with and without pneumothorax.
  package var tube = TubeRates()
  /// Share of the controls that have a dark patch and a line where the air would be.
  package var mimicry = 0.3
  /// Multiplies the number of false lines and patches that films of both classes get.
  package var edits = 1.0
  /// Multiplies the noise that is laid over the whole film.
  package var noise = 1.0
  /// Chance that the film goes through JPEG once more; 8-bit films alone.
  package var recompression = 0.5
  /// Bits of the samples that the film came from: 8 or 16. The result is quantised to them.
  package var bits = 8

  package init() {}

  func weight(_ pattern: PaintedPattern) -> Double {
    switch pattern {
    case .apical: apical
    case .lateral: lateral
    case .large: large
    case .deepSulcus: deepSulcus
    }
  }
}

/// How often films show a chest tube, by class: unequal rates make a shortcut on purpose.
package struct TubeRates: Sendable, Hashable {
  package var withPneumothorax: Double
  package var without: Double

  package init(withPneumothorax: Double = 0.1, without: Double = 0.1) {
    self.withPneumothorax = withPneumothorax
    self.without = without
  }
}

/// Why a film cannot be painted into: a stable code, never text of the data.
package struct PaintingError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// Film and masks differ in size.
    case sizeMismatch = "mask-size"
    /// A side is missing, or too small or too large to be a lung.
    case lungArea = "lung-area"
    /// The masks of the two sides overlap or lie over each other.
    case lungSides = "lung-sides"
    /// The film holds values that are no numbers, or is too small.
    case film
    /// No gap of the wanted size fits into the lung.
    case noRoom = "no-room"
  }

  package let code: Code

  package init(_ code: Code) { self.code = code }

  package var description: String { "cannot paint: \(code.rawValue)" }
}
