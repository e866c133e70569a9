import Foundation
import Imaging

/// Writes labelled arrays for training and evaluation: pictures, truth masks and `labels.csv`.
package struct PhantomSet: Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    case radiograph
    case computedTomography = "ct"
  }

  package struct Options: Sendable {
    package var kind: Kind
    package var count: Int
    package var seed: UInt64
    /// Side of each picture in pixels.
    package var size: Int
    /// Folder to write into; made when missing.
    package var folder: String
    /// Of radiographs.
    package var film = RadiographPhantom.Options()

    package init(kind: Kind, count: Int, seed: UInt64, size: Int, folder: String) {
      self.kind = kind
      self.count = count
      self.seed = seed
      self.size = size
      self.folder = folder
    }
  }

  let options: Options

  package init(_ options: Options) { self.options = options }

  /// Makes the set: `images/`, `masks/` (only where something is marked), `lungs/`, `labels.csv`.
  ///
  /// `progress` is called after each picture with the number done.
  package func write(progress: (Int) -> Void = { _ in }) throws {
    for name in ["images", "masks", "lungs"] {
      try FileManager.default.createDirectory(
        atPath: "\(options.folder)/\(name)", withIntermediateDirectories: true)
    }
    let hasFindings = options.film.findings != nil
    var table = (hasFindings ? Self.findingsHeader : Self.header(options.kind)) + "\n"
    for index in 0..<options.count {
      switch options.kind {
      case .radiograph where hasFindings: table += try writeFindings(index) + "\n"
      case .radiograph: table += try writeRadiograph(index) + "\n"
      case .computedTomography: table += try writeSlice(index) + "\n"
      }
      progress(index + 1)
    }
    try AtomicFile.write(table, to: "\(options.folder)/labels.csv")
  }

  /// The part of the data that a patient belongs to: 70 % train, 15 % val, 15 % test, by seed and
  /// patient alone.
  package static func split(seed: UInt64, patient: Int) -> String {
    var random = CounterRandom(seed: seed ^ 0x5B1D, stream: .plan, index: patient)
    let at = random.uniform()
    return at < 0.7 ? "train" : (at < 0.85 ? "val" : "test")
  }

  static func header(_ kind: Kind) -> String {
    switch kind {
    case .radiograph:
      "file,pneumothorax,patient_id,split,mask,lung_mask,side,size_share,confounders"
    case .computedTomography: "file,lesion,patient_id,split,mask,lung_mask,kinds"
    }
  }

  private func writeRadiograph(_ index: Int) throws -> String {
    let film = RadiographPhantom(
      seed: options.seed, index: index, size: options.size, options: options.film)
    let name = String(format: "%06d.png", index)
    try write(GreyPicture(film.image), "images/\(name)")
    try write(GreyPicture(film.lungs), "lungs/\(name)")
    if film.hasPneumothorax { try write(GreyPicture(film.truth), "masks/\(name)") }
    return [
      "images/\(name)", film.hasPneumothorax ? "1" : "0", patientName(film.patient),
      Self.split(seed: options.seed, patient: film.patient),
      film.hasPneumothorax ? "masks/\(name)" : "", "lungs/\(name)", film.side?.rawValue ?? "",
      String(format: "%.4f", film.sizeShare),
      film.confounders.map(\.rawValue).sorted().joined(separator: " "),
    ].joined(separator: ",")
  }

  func patientName(_ patient: Int) -> String {
    PhantomPeople.identifier(seed: options.seed, number: patient)
  }

  func write(_ picture: GreyPicture, _ name: String) throws {
    try AtomicFile.write(
      try PNG.encode(picture), to: "\(options.folder)/\(name)", durable: false)
  }
}

/// CT slices: 16 bit, stored value = HU + 1024, clamped at 0.
extension PhantomSet {
  private func writeSlice(_ index: Int) throws -> String {
    let phantom = CTPhantom(seed: options.seed, slice: index, size: options.size)
    let name = String(format: "%06d.png", index)
    let stored = phantom.volume.voxels.map { UInt16(min(max($0 + 1024, 0), 65535)) }
    try write(
      GreyPicture(width: options.size, height: options.size, bits: 16, samples: stored),
      "images/\(name)")
    let (truth, lungs) = (phantom.truth.slice(0), phantom.lungs.slice(0))
    try write(GreyPicture(lungs), "lungs/\(name)")
    if !truth.isEmpty { try write(GreyPicture(truth), "masks/\(name)") }
    return [
      "images/\(name)", truth.isEmpty ? "0" : "1", patientName(phantom.patient),
      Self.split(seed: options.seed, patient: phantom.patient),
      truth.isEmpty ? "" : "masks/\(name)", "lungs/\(name)",
      truth.isEmpty ? "" : phantom.kinds.map(\.rawValue).sorted().joined(separator: " "),
    ].joined(separator: ",")
  }
}
