/// Why a map cannot be refined by a conditional random field.
package struct CRFError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// Fewer than two labels, or more than `LabelEnergies.labelLimit`.
    case labelCount = "label-count"
    /// A label of a map is not among the labels.
    case unknownLabel = "label-unknown"
    /// A setting is not finite, a sigma or a probability is out of its range.
    case setting = "setting-out-of-range"
    /// The guide and the energies have different sizes, or an array does not fill its shape.
    case size = "size-mismatch"
    /// A pixel, a probability or an energy is not finite.
    case notFinite = "value-not-finite"
    /// The features span too many lattice cells: the sigmas are far too small for the picture.
    case tooFine = "sigma-too-small"
    /// More points than a lattice, or than the brute force, is ready to hold.
    case tooLarge = "picture-too-large"
  }

  package let code: Code

  package init(_ code: Code) { self.code = code }

  package var description: String { code.rawValue }
}
