import DICOM
import Imaging
import Localization
import Lungs
import Networks

/// A film decoded once, with its lungs, for every model that reads it.
struct ReadFilm: Sendable {
  let instance: Instance
  let frame: Int
  let density: Image
  let windowed: Image
  let lung: LungMask
  /// Whether rows begin at the patient's left.
  let mirrored: Bool

  /// Regions and heat of one label where it is positive and `map` says where.
  func finding(
    _ assessment: Assessment, map: Image?, prepared: PreparedImage, reader: ScoringModels.Reader
  ) -> FilmFinding {
    var heat: Image?
    var regions: [Region] = []
    if assessment.isPositive, let map {
      let over = prepared.overSource(map)
      let trusted = lung.quality.usable
      var cut = reader.regions
      cut.pictureLeft = assessment.hasSides ? (mirrored ? .left : .right) : nil
      // What may lie outside the lungs is not cut at their border.
      let inLungs = assessment.isInLungs
      regions = cut.extract(
        from: over, leftLung: trusted && inLungs ? lung.left : nil,
        rightLung: trusted && inLungs ? lung.right : nil, inside: inLungs ? lung.trusted : nil,
        spacing: instance.pixelSpacing)
      heat = reader.heat(over)
    }
    let rows = instance.patientOrientation.first ?? ""
    return FilmFinding(
      instance: instance, frame: frame, assessment: assessment, display: windowed, heat: heat,
      regions: regions,
      lungFlags: lung.quality.flags.map(\.rawValue) + (rows.isEmpty ? ["side-assumed"] : []))
  }
}
