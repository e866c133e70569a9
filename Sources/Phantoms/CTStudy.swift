import DICOM
import Foundation
import Imaging

/// One synthetic CT series as a DICOM study, one file a slice.
package struct CTStudy: Sendable {
  package struct Style: Sendable {
    package var syntax = OutputSyntax.jpegLSLossless
    /// Signed 16-bit HU with padding outside the round field, instead of unsigned 12-bit values
    /// with intercept -1024.
    package var signed = false
    package init() {}
  }

  package let phantom: CTPhantom
  package let style: Style
  private let seed: UInt64
  private let index: Int
  /// Of the pneumothorax.
  private let side: Side?
  private static let padding: Int32 = -2000

  package init(
    seed: UInt64, index: Int, size: Int, slices: Int, hasLesions: Bool? = nil, style: Style,
    options: CTPhantom.Options = .init()
  ) {
    phantom = CTPhantom(
      seed: seed, series: index, size: size, slices: slices, hasLesions: hasLesions,
      options: options)
    self.style = style
    self.seed = seed
    self.index = index
    side = options.pneumothorax?.side
  }

  package var sliceCount: Int { phantom.volume.slices }
  package var studyInstanceUID: UID { UID.derived(from: names + ["study"]) }
  package func sopInstanceUID(_ slice: Int) -> UID {
    UID.derived(from: names + ["instance", "\(slice)"])
  }
  private var names: [String] { ["phantom", "ct", "\(seed)", "\(index)"] }

  package func write(slice: Int, to path: String) throws {
    let image = phantom.volume.slice(slice)
    let date = PhantomPeople.date(index)
    var study = ImageObject.StudyModule(studyInstanceUID: studyInstanceUID)
    study.date = Sensitive(date)
    study.time = Sensitive("100000")
    study.id = Sensitive("C\(index)")
    study.accessionNumber = Sensitive("PH\(seed)C\(index)")
    var object = ImageObject(
      .computedTomography, width: image.width, height: image.height,
      content: .grayscale(
        samples: samples(image), bitsStored: style.signed ? 16 : 12, isSigned: style.signed,
        inverted: false),
      identity: ObjectIdentity(
        sopInstanceUID: sopInstanceUID(slice),
        seriesInstanceUID: UID.derived(from: names + ["series"]), seriesNumber: 2,
        instanceNumber: slice + 1, date: date, time: "100000"),
      study: study)
    object.patient = PhantomPeople.patient(seed: seed, number: 10_000 + phantom.patient)
    object.syntax = style.syntax
    object.window = DisplayWindow(center: -600, width: 1500)
    object.imageTypeTail = ["AXIAL"]
    object.rescale = (slope: 1, intercept: style.signed ? 0 : -1024)
    object.pixelPaddingValue = style.signed ? Int(Self.padding) : nil
    object.plane = phantom.volume.planes[slice]
    object.sliceThicknessMillimetres = thickness
    object.frameOfReferenceUID = UID.derived(from: names + ["frame"])
    try object.write(to: path)
  }

  private var thickness: Double {
    let planes = phantom.volume.planes
    return min(5, (planes[1].position - planes[0].position).length)
  }

  private func samples(_ image: Image) -> [Int32] {
    guard style.signed else {
      return image.pixels.map { Int32(min(max($0 + 1024, 0), 4095)) }
    }
    let centre = Double(image.width - 1) / 2
    return image.pixels.enumerated().map { at, value in
      let dx = Double(at % image.width) - centre
      let dy = Double(at / image.width) - centre
      return dx * dx + dy * dy > (centre + 0.5) * (centre + 0.5) ? Self.padding : Int32(value)
    }
  }

  /// The manifest row of a slice; its truth mask is written beside when something is marked.
  package func entry(
    slice: Int, path: String, truth: String, folder: String
  ) throws -> PhantomManifest.File {
    let air = phantom.pneumothorax
    let hasAir = air.count > 0
    let mask = (hasAir ? air : phantom.truth).slice(slice)
    if !mask.isEmpty { try PNG.write(mask, to: "\(folder)/\(truth)") }
    let spacing = phantom.volume.planes[slice].spacing
    let pixels = mask.count
    return PhantomManifest.File(
      path: path, expected: .image, studyInstanceUID: studyInstanceUID.value,
      sopInstanceUID: sopInstanceUID(slice).value, transferSyntaxUID: style.syntax.rawValue,
      modality: "CT", photometricInterpretation: "MONOCHROME2",
      label: hasAir
        ? "pneumothorax"
        : phantom.kinds.isEmpty
          ? "normal" : phantom.kinds.map(\.rawValue).sorted().joined(separator: " "),
      side: hasAir ? side?.rawValue : nil, truth: mask.isEmpty ? nil : truth, truthPixels: pixels,
      truthSquareMillimetres: Double(pixels) * spacing.row * spacing.column, note: nil)
  }
}
