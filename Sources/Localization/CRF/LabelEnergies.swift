import Foundation
import Imaging
import Tensors

/// The unary energies of a labelling: minus the log of what each pixel is believed to be.
package struct LabelEnergies: Sendable, Equatable {
  package let labels: Int
  package let width: Int
  package let height: Int
  /// `[labels][height][width]`, in nats.
  package let values: [Float]

  package static let labelLimit = 33

  /// Energies as they are: `[labels, height, width]`, finite.
  /// Throws `CRFError`: `.size`, `.labelCount`, `.notFinite`.
  package init(_ energies: Tensor) throws(CRFError) {
    guard energies.shape.rank == 3, energies.shape.count > 0 else { throw CRFError(.size) }
    guard (2...LabelEnergies.labelLimit).contains(energies.shape[0]) else {
      throw CRFError(.labelCount)
    }
    guard energies.values.allSatisfy(\.isFinite) else { throw CRFError(.notFinite) }
    (labels, height, width) = (energies.shape[0], energies.shape[1], energies.shape[2])
    values = energies.values
  }

  /// From probabilities `[labels, height, width]`: -ln p, p clipped to `clip ... 1`.
  package init(probabilities: Tensor, clip: Float = 1e-5) throws(CRFError) {
    guard clip > 0, clip < 1 else { throw CRFError(.setting) }
    guard probabilities.values.allSatisfy(\.isFinite) else { throw CRFError(.notFinite) }
    try self.init(
      Tensor(
        probabilities.shape,
        probabilities.values.map { value in -Foundation.log(min(max(value, clip), 1)) }))
  }

  /// Two labels from the probability of label 1 at each pixel.
  package init(foreground: Image, clip: Float = 1e-5) throws(CRFError) {
    try self.init(
      probabilities: Tensor(
        [2, foreground.height, foreground.width],
        foreground.pixels.map { 1 - $0 } + foreground.pixels), clip: clip)
  }

  /// From one label a pixel, as pydensecrf's `unary_from_labels`: the label has the probability
  /// `probability` (0.7 in the published pipelines), the others share the rest.
  ///
  /// `map`: row-major, `height * width` of them, `0 ..< labels`. With `zeroUnsure` a 0 says
  /// "could be any": all labels alike, and 1... stand for labels 0... (`1 ... labels`).
  /// Throws `CRFError`: `.size`, `.labelCount`, `.unknownLabel`, `.setting`.
  package init(
    map: [UInt8], width: Int, labels: Int, probability: Float = 0.7, zeroUnsure: Bool = false
  ) throws(CRFError) {
    guard width > 0, !map.isEmpty, map.count % width == 0 else { throw CRFError(.size) }
    guard (2...LabelEnergies.labelLimit).contains(labels) else { throw CRFError(.labelCount) }
    guard probability > 0, probability < 1 else { throw CRFError(.setting) }
    let first: UInt8 = zeroUnsure ? 1 : 0
    let top = labels - 1 + Int(first)
    guard map.allSatisfy({ Int($0) <= top }) else { throw CRFError(.unknownLabel) }
    let own = -Foundation.log(probability)
    let other = -Foundation.log((1 - probability) / Float(labels - 1))
    let unsure = Foundation.log(Float(labels))
    self.labels = labels
    self.width = width
    height = map.count / width
    var values = [Float](repeating: other, count: labels * map.count)
    for (pixel, label) in map.enumerated() {
      if label >= first {
        values[Int(label - first) * map.count + pixel] = own
      } else {
        for label in 0..<labels { values[label * map.count + pixel] = unsure }
      }
    }
    self.values = values
  }
}
