import DICOM
import Foundation
import Imaging

/// One synthetic radiograph as a DICOM study of one file.
package struct RadiographStudy: Sendable {
  package struct Style: Sendable {
    package var digital = false
    /// MONOCHROME1: stored values fall with attenuation.
    package var inverted = false
    package var syntax = OutputSyntax.jpegLSLossless
    /// Width of the field in mm; nil leaves the spacing out (CR only).
    package var fieldMillimetres: Double? = 400
    package init() {}
  }

  package let film: RadiographPhantom
  package let style: Style
  private let seed: UInt64
  private let index: Int

  package init(
    seed: UInt64, index: Int, size: Int, style: Style,
    options: RadiographPhantom.Options = .init()
  ) {
    film = RadiographPhantom(seed: seed, index: index, size: size, options: options)
    self.style = style
    self.seed = seed
    self.index = index
  }

  /// The style of a film of a random set: CR or DX, MONOCHROME1 in 30 %, no spacing in 5 % of CR.
  package static func style(seed: UInt64, index: Int) -> Style {
    var random = CounterRandom(seed: seed ^ 0x57E1, stream: .plan, index: index)
    var style = Style()
    style.digital = random.chance(0.5)
    style.inverted = random.chance(0.3)
    style.fieldMillimetres =
      !style.digital && random.chance(0.05) ? nil : random.uniform(350, 430)
    return style
  }

  package var studyInstanceUID: UID { object.studyInstanceUID }
  package var sopInstanceUID: UID { object.sopInstanceUID }
  package var accessionNumber: String { "PH\(seed)R\(index)" }

  private var object: RadiographObject {
    RadiographObject(
      image: film.image, style: style, names: ["phantom", "radiograph", "\(seed)", "\(index)"],
      index: index, accession: accessionNumber, studyID: "R\(index)",
      patient: PhantomPeople.patient(seed: seed, number: film.patient))
  }

  /// Writes the file, 12 bits stored in 16.
  package func write(to path: String) throws { try object.write(to: path) }

  /// The manifest row; the truth mask is written beside when there is one.
  package func entry(path: String, truth: String, folder: String) throws -> PhantomManifest.File {
    if film.hasPneumothorax { try PNG.write(film.truth, to: "\(folder)/\(truth)") }
    let pixels = film.truth.count
    return PhantomManifest.File(
      path: path, expected: .image, studyInstanceUID: studyInstanceUID.value,
      sopInstanceUID: sopInstanceUID.value, transferSyntaxUID: style.syntax.rawValue,
      modality: style.digital ? "DX" : "CR",
      photometricInterpretation: style.inverted ? "MONOCHROME1" : "MONOCHROME2",
      label: film.hasPneumothorax ? "pneumothorax" : "normal", side: film.side?.rawValue,
      truth: film.hasPneumothorax ? truth : nil, truthPixels: pixels,
      truthSquareMillimetres: object.spacing.map { Double(pixels) * $0 * $0 }, note: nil)
  }
}

/// Synthetic people and days.
enum PhantomPeople {
  static func patient(seed: UInt64, number: Int) -> ImageObject.Patient {
    var patient = ImageObject.Patient()
    patient.name = Sensitive("Phantom^\(number)")
    patient.id = Sensitive(identifier(seed: seed, number: number))
    patient.birthDate = Sensitive("19600101")
    patient.sex = Sensitive("O")
    return patient
  }

  static func identifier(seed: UInt64, number: Int) -> String {
    String(format: "PHANTOM-%llu-%05d", seed, number)
  }

  /// Days of the year 2026, in order.
  static func date(_ index: Int) -> String {
    String(format: "2026%02d%02d", index / 28 % 12 + 1, index % 28 + 1)
  }
}
