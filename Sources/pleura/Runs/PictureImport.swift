import DICOM
import Foundation
import Imaging

/// Wraps a JPEG or PNG film as a CR study. Baseline grey JPEG is kept byte for byte; everything
/// else is decoded and stored uncompressed. Identifiers follow from the bytes: importing the same
/// picture again gives the same object.
struct PictureImport {
  var patientID: String?
  var viewPosition: String
  let folder: String

  /// - Returns: the path of the object.
  /// - Throws: `ImagingError` for a picture that cannot be decoded, `DICOMError` of writing.
  func wrap(_ path: String) throws -> String {
    let bytes = try AtomicFile.read(path, limit: 512 << 20)
    let digest = SHA256.hex(of: bytes)
    let (content, width, height, isJPEG) = try content(of: bytes)
    var study = ImageObject.StudyModule(
      studyInstanceUID: .derived(from: ["import-study", patientID ?? "", digest]))
    study.description = Sensitive("Imported picture")
    var object = ImageObject(
      .computedRadiography, width: width, height: height, content: content,
      identity: ObjectIdentity(
        sopInstanceUID: .derived(from: ["import-instance", patientID ?? "", digest]),
        seriesInstanceUID: .derived(from: ["import-series", patientID ?? "", digest]),
        seriesNumber: 1, date: "19000101", time: "000000"),
      study: study)
    object.patient.id = Sensitive(patientID ?? "IMPORT-" + digest.prefix(12))
    object.patient.name = Sensitive("Imported^Picture")
    object.modelName = "import-image"
    object.viewPosition = viewPosition
    object.patientOrientation = ["L", "F"]
    if case .jpeg = content { object.syntax = .jpegBaseline }
    object.provenance = .init(
      description: "Wrapped from a \(isJPEG ? "JPEG" : "PNG") picture, SHA-256 \(digest)",
      isLossy: isJPEG,
      ratio: isJPEG ? Double(width * height) / Double(bytes.count) : nil)
    let target = folder + "/" + digest.prefix(32) + ".dcm"
    try object.write(to: target)
    return target
  }

  private func content(
    of bytes: [UInt8]
  ) throws -> (ImageObject.Content, width: Int, height: Int, isJPEG: Bool) {
    if bytes.starts(with: [0xFF, 0xD8]) {
      let header = try JPEGHeader(bytes)
      if header.isBaseline, header.components == 1 {
        _ = try JPEG.decode(bytes)  // a damaged picture is refused here, not in the archive
        return (.jpeg(bytes, components: 1), header.width, header.height, true)
      }
      let picture = try JPEG.decode(bytes)
      return (grey(picture), picture.width, picture.height, true)
    }
    let picture = try PNG.decode(bytes)
    return (grey(picture), picture.width, picture.height, false)
  }

  private func grey(_ picture: GreyPicture) -> ImageObject.Content {
    .grayscale(
      samples: picture.samples.map(Int32.init), bitsStored: picture.bits, isSigned: false,
      inverted: false)
  }
}
