import DICOM
import Foundation
import Imaging

/// A film as one CR or DX object of its own study, 12 bits stored in 16.
struct RadiographObject {
  let image: Image
  let style: RadiographStudy.Style
  /// What the UIDs are derived from.
  let names: [String]
  /// Decides the day of the study.
  let index: Int
  var accession = ""
  var studyID = ""
  var patient = ImageObject.Patient()
  var viewPosition = "PA"

  var studyInstanceUID: UID { UID.derived(from: names + ["study"]) }
  var sopInstanceUID: UID { UID.derived(from: names + ["instance"]) }
  var spacing: Double? { style.fieldMillimetres.map { $0 / Double(image.width) } }

  func write(to path: String) throws {
    let inverted = style.inverted
    let samples = image.pixels.map { value -> Int32 in
      let stored = Int32((min(max(value, 0), 1) * 4095).rounded())
      return inverted ? 4095 - stored : stored
    }
    var study = ImageObject.StudyModule(studyInstanceUID: studyInstanceUID)
    study.date = Sensitive(PhantomPeople.date(index))
    study.time = Sensitive("090000")
    study.id = Sensitive(studyID)
    study.accessionNumber = Sensitive(accession)
    var object = ImageObject(
      style.digital ? .digitalXRay : .computedRadiography, width: image.width,
      height: image.height,
      content: .grayscale(
        samples: samples, bitsStored: 12, isSigned: false, inverted: style.inverted),
      identity: ObjectIdentity(
        sopInstanceUID: sopInstanceUID, seriesInstanceUID: UID.derived(from: names + ["series"]),
        seriesNumber: 1, date: PhantomPeople.date(index), time: "090000"),
      study: study)
    object.patient = patient
    object.syntax = style.syntax
    object.window = DisplayWindow(center: 2048, width: 4096)
    object.pixelSpacing = spacing.map { PixelSpacing(row: $0, column: $0) }
    object.viewPosition = viewPosition
    object.patientOrientation = ["L", "F"]
    try object.write(to: path)
  }
}
