/// What a classifier makes of labels that a report leaves open ("possible", -1 in CheXpert; Irvin et
/// al. 2019, section 3.1).
package enum UncertainLabels: String, Sendable, Codable {
  /// Not trained on ("U-Ignore"); the rule where a recipe says nothing.
  case ignore
  /// Taken for absent ("U-Zeros").
  case zeros
  /// Taken for present ("U-Ones").
  case ones
  /// A class of its own ("U-MultiClass"): the network learns three logits a label (uncertain,
  /// absent, present); the model keeps present minus absent, whose sigmoid is the softmax over the
  /// two.
  case threeClass = "three-class"

  /// How data sets write an uncertain label.
  package static let value: Float = -1
  /// Logits a label in training.
  package static let classes = 3

  /// A label as training sees it; `value` stays only with `threeClass`.
  package func resolve(_ label: Float?) -> Float? {
    guard label == Self.value else { return label }
    return switch self {
    case .ignore: nil
    case .zeros: 0
    case .ones: 1
    case .threeClass: label
    }
  }

  /// The class number of a label in the three-class loss; one that no class has for unknown.
  static func target(_ label: Float?) -> Float {
    guard let label else { return -1 }
    return label == value ? 0 : label + 1
  }
}
