import DICOM
import Foundation
import Imaging

/// A film that may be painted into, with what its list says of it.
package struct PaintingSource: Sendable, Hashable {
  package var path: String
  /// Line of the list, the header being 1; of a folder, the number of the file, from 1.
  package var row: Int
  package var patient: String
  /// Part of the data; nil derives one from the patient.
  package var split: String?
  package var view = ""
  package var sex = ""
  package var age = ""
  package var licence = ""
  package var repository = ""
  /// Drawn lungs; nil where they are to be found.
  package var lungMask: String?

  package init(path: String, row: Int, patient: String) {
    self.path = path
    self.row = row
    self.patient = patient
  }
}

/// Writes painted films and controls in pairs: two films of each source, so that films of both
/// classes come from the same people. A network that knows a film by heart gains nothing, since
/// at a prevalence of one half exactly one film of each pair has a pneumothorax.
package struct PaintedSet: Sendable {
  package enum Format: Sendable {
    case png
    /// CR studies of one file each.
    case dicom
  }

  package struct Options: Sendable {
    package var seed: UInt64
    package var folder: String
    package var format = Format.png
    package var prevalence = 0.5
    /// Also writes where a control would have its air, for tests of the painting itself.
    package var shams = false
    package var painting = PaintingOptions()

    package init(seed: UInt64, folder: String) {
      self.seed = seed
      self.folder = folder
    }
  }

  package let options: Options
  private let sources: [PaintingSource]
  private let order: [Int]

  package init(_ options: Options, sources: [PaintingSource]) {
    self.options = options
    self.sources = sources
    var random = CounterRandom(seed: options.seed ^ 0x0DE4, stream: .plan, index: 0)
    var order = Array(sources.indices)
    for at in order.indices.reversed() where at > 0 {
      order.swapAt(at, random.whole(0...at))
    }
    self.order = order
  }

  /// The folders that rows name.
  package func makeFolders() throws {
    let pictures = options.format == .png ? "images" : "studies"
    for name in [pictures, "masks", "lungs"] + (options.shams ? ["shams"] : []) {
      try FileManager.default.createDirectory(
        atPath: "\(options.folder)/\(name)", withIntermediateDirectories: true)
    }
  }

  /// The source of a pair; after the last source the first comes again, painted otherwise.
  package func source(ofPair pair: Int) -> PaintingSource { sources[order[pair % order.count]] }

  /// Whether film `index` has a pneumothorax: each with the chance of the prevalence, the two of
  /// a pair as unlike as it allows.
  func isPositive(_ index: Int) -> Bool {
    var random = CounterRandom(seed: options.seed ^ 0x0DE5, stream: .plan, index: index / 2)
    let at = random.uniform()
    return (index % 2 == 0 ? at : 1 - at) < options.prevalence
  }

  /// Makes and writes film `index` of its pair and returns its row of `labels.csv`.
  /// Throws `PaintingError`, `ImagingError`, `DICOMError`.
  package func write(
    _ index: Int, picture: GreyPicture, leftLung: Mask, rightLung: Mask
  ) throws -> String {
    let source = source(ofPair: index / 2)
    var painting = options.painting
    painting.bits = picture.bits
    let name = String(format: "%06d", index)
    var row = PaintedRow(source: source, seed: options.seed)
    row.lungMask = "lungs/\(name).png"
    let image: Image
    if isPositive(index) {
      let film = try PaintedFilm(
        film: picture.image, leftLung: leftLung, rightLung: rightLung, seed: options.seed,
        index: index, options: painting)
      image = film.image
      row.describe(film, mask: "masks/\(name).png")
      try put(GreyPicture(film.truth), "masks/\(name).png")
    } else {
      let film = try ControlFilm(
        film: picture.image, leftLung: leftLung, rightLung: rightLung, seed: options.seed,
        index: index, options: painting)
      image = film.image
      row.describe(film)
      if options.shams {
        row.sham = "shams/\(name).png"
        try put(GreyPicture(film.sham), row.sham)
      }
    }
    try put(GreyPicture(leftLung.union(rightLung)), row.lungMask)
    try write(image, index: index, name: name, bits: picture.bits, source, &row)
    return row.text(options)
  }

  private func write(
    _ image: Image, index: Int, name: String, bits: Int, _ source: PaintingSource,
    _ row: inout PaintedRow
  ) throws {
    guard options.format == .dicom else {
      row.file = "images/\(name).png"
      return try put(GreyPicture(image, bits: bits), row.file)
    }
    var object = RadiographObject(
      image: image, style: RadiographStudy.style(seed: options.seed ^ 0x0DE6, index: index),
      names: ["painted", "\(options.seed)", "\(index)"], index: index)
    object.accession = "PA\(options.seed % 1_000_000)F\(index)"
    object.studyID = "F\(index)"
    object.viewPosition = source.view.hasPrefix("AP") ? "AP" : "PA"
    object.patient = row.dicomPatient
    row.file = "studies/\(name).dcm"
    row.study = object.studyInstanceUID.value
    row.accession = object.accession
    try object.write(to: "\(options.folder)/\(row.file)")
  }

  private func put(_ picture: GreyPicture, _ name: String) throws {
    try AtomicFile.write(
      try PNG.encode(picture), to: "\(options.folder)/\(name)", durable: false)
  }

  /// Writes `labels.csv` of the rows.
  package func finish(_ rows: [String]) throws {
    let text = ([PaintedRow.header(options)] + rows).joined(separator: "\n") + "\n"
    try AtomicFile.write(text, to: "\(options.folder)/labels.csv")
  }
}
