import Foundation
import Imaging
import Localization
import Networks

/// Step 2a of the chain: where a map is believed, after a dense CRF.
struct ChainSeeds: Sendable {
  private let settings: ChainRecipe.Seeds

  init(_ settings: ChainRecipe.Seeds) { self.settings = settings }

  /// Label 1 where the map reaches `share`, then the dense CRF over the image.
  private func cut(
    _ crf: DenseCRF, map: Image, at share: Double, probability: Float
  ) throws -> (probability: Image, mask: Mask) {
    let bits = map.pixels.map { UInt8($0 >= Float(share) ? 1 : 0) }
    let energies = try LabelEnergies(
      map: bits, width: map.width, labels: 2, probability: probability)
    let result = try crf.refine(energies, threads: 1)
    let area = map.width * map.height
    return (
      Image(
        width: map.width, height: map.height, pixels: Array(result.values[area..<2 * area])),
      Mask(width: map.width, height: map.height, bits: DenseCRF.labels(result))
    )
  }

  private func crf(_ image: PreparedImage) throws -> (DenseCRF, DenseCRF.Settings) {
    let base = image.base
    let published = settings.crf ?? DenseCRF.Settings()
    let fitted =
      settings.scalesCRF == false
      ? published : published.scaled(width: base.width, height: base.height)
    let grey = Image(
      width: base.width, height: base.height, pixels: base.pixels.map { ($0 + 1) * 127.5 })
    return (try DenseCRF(.grey(grey), settings: fitted, threads: 1), fitted)
  }

  /// 1 where the map cut at the foreground share is kept by the CRF, 0 where the map cut at the
  /// background share is not, 255 between (Ahn 2019, `cam_to_ir_label.py`).
  func labels(_ image: PreparedImage, map: Image) throws -> [UInt8] {
    let (crf, fitted) = try crf(image)
    func bits(_ share: Double) throws -> [UInt8] {
      try cut(crf, map: map, at: share, probability: fitted.labelProbability).mask.bits
    }
    return zip(try bits(settings.foreground), try bits(settings.background))
      .map { sure, possible in sure != 0 ? 1 : (possible != 0 ? 255 : 0) }
  }

  /// The probability of the label after the CRF from the cut at the foreground share, and the mask
  /// where it is the likelier one.
  func refined(_ image: PreparedImage, map: Image) throws -> (Image, Mask) {
    let (crf, fitted) = try crf(image)
    let result = try cut(
      crf, map: map, at: settings.foreground, probability: fitted.labelProbability)
    return (result.probability, result.mask)
  }
}
