import DICOM
import Imaging

/// The small set that ships with the program: each way in which studies differ, once.
extension PhantomStudies {
  private struct Film {
    let side: Side?
    let depth: Double
    let size: Int
    let digital: Bool
    let inverted: Bool
    let syntax: OutputSyntax
    var field: Double? = 400
  }

  private static let films = [
    Film(
      side: .right, depth: 0.30, size: 1024, digital: false, inverted: false,
      syntax: .jpegLSLossless),
    Film(
      side: .left, depth: 0.18, size: 1024, digital: true, inverted: true,
      syntax: .jpegLosslessSV1),
    Film(
      side: .right, depth: 0.09, size: 1024, digital: false, inverted: false,
      syntax: .jpegLSLossless),
    Film(
      side: .left, depth: 0.30, size: 640, digital: false, inverted: true,
      syntax: .explicitLittleEndian),
    Film(
      side: .left, depth: 0.12, size: 768, digital: true, inverted: false,
      syntax: .jpeg2000Lossless),
    Film(
      side: nil, depth: 0.1, size: 1024, digital: false, inverted: false,
      syntax: .jpegLSLossless),
    Film(
      side: nil, depth: 0.1, size: 768, digital: true, inverted: true, syntax: .jpegLosslessSV1),
    Film(
      side: nil, depth: 0.1, size: 512, digital: false, inverted: false,
      syntax: .implicitLittleEndian),
    Film(
      side: nil, depth: 0.1, size: 640, digital: false, inverted: true, syntax: .rleLossless,
      field: nil),
    Film(
      side: nil, depth: 0.1, size: 512, digital: true, inverted: false,
      syntax: .explicitBigEndian),
  ]

  /// Writes the set: ten radiograph studies (five with pneumothorax), three CT studies (one of
  /// them over two folders), a duplicate, a cut-off file and an object without pixels.
  @discardableResult
  package static func sampleSet(seed: UInt64, folder: String) throws -> PhantomManifest {
    var studies = try PhantomStudies(
      folder: folder, command: "pleura phantom --sample-set --seed \(seed)", seed: seed)
    for (index, film) in films.enumerated() {
      var style = RadiographStudy.Style()
      style.digital = film.digital
      style.inverted = film.inverted
      style.syntax = film.syntax
      style.fieldMillimetres = film.field
      var options = RadiographPhantom.Options()
      options.side = .some(film.side)
      options.depth = film.depth...film.depth
      try studies.add(
        RadiographStudy(
          seed: seed, index: index, size: film.size, style: style, options: options),
        name: film.side.map { "radiograph-\(index)-\($0.rawValue)" } ?? "radiograph-\(index)")
    }
    try studies.addSeries(seed)
    try studies.addCopy(of: 2, path: "studies/again/copy.dcm")
    try studies.addCopy(of: 5, path: "studies/broken/cut-off.dcm", keeping: 0.6)
    try studies.addPresentationState(of: 0, path: "studies/radiograph-0-right/presentation.dcm")
    try studies.finish()
    return studies.manifest
  }

  private mutating func addSeries(_ seed: UInt64) throws {
    let plans: [(String, [CTLesionKind], OutputSyntax, Bool)] = [
      ("ct-nodule", [.nodule], .jpegLSLossless, false),
      ("ct-ground-glass", [.groundGlass], .jpegLosslessSV1, false),
      ("ct-normal", [], .jpegLSLossless, true),
    ]
    var index = 0
    for (name, kinds, syntax, signed) in plans {
      var style = CTStudy.Style()
      style.syntax = syntax
      style.signed = signed
      var options = CTPhantom.Options()
      options.kinds = kinds
      var study: CTStudy
      // A nodule smaller than the gap between slices may show on none: take the next patient.
      repeat {
        study = CTStudy(
          seed: seed, index: index, size: 256, slices: 28, hasLesions: !kinds.isEmpty,
          style: style, options: options)
        index += 1
      } while !kinds.isEmpty && study.phantom.truth.count < 80
      try add(study, name: name, splitAfter: name == "ct-ground-glass" ? 12 : nil)
    }
  }
}
