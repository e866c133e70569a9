import DICOM
import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// Scores one frontal film: density, lung mask, probability, map, regions.
struct FilmScorer: Sendable {
  let reader: any InstanceReader
  let lungs: RadiographLungs
  let model: ScoringModels.Reader

  /// A bad lung mask is flagged and the film scored without it; it is never dropped for that.
  /// - Throws: `DICOMError` of decoding.
  func score(_ instance: Instance, using workspace: Workspace) throws -> FilmFinding {
    let frame = 0
    let (density, windowed) = try reader.film(of: instance, frame: frame)
    // Rows that run to the patient's right begin at the patient's left.
    let rows = instance.patientOrientation.first ?? ""
    let mirrored = rows.hasPrefix("R")
    let lung = try lungs.segment(density, mirrored: mirrored, using: workspace)
    let prepared = model.classifier.preparation.prepare(density, lung: lung.trusted)
    let reading = try model.classifier.read(
      prepared, mapIf: model.isPositive, using: workspace)
    let assessment = model.assessment(ofLogit: reading.logits[0])
    var heat: Image?
    var regions: [Region] = []
    if assessment.isPositive, let map = reading.heatmap {
      let over = prepared.overSource(map.image)
      let trusted = lung.quality.usable
      var cut = model.regions
      cut.pictureLeft = mirrored ? .left : .right
      regions = cut.extract(
        from: over, leftLung: trusted ? lung.left : nil, rightLung: trusted ? lung.right : nil,
        inside: lung.trusted, spacing: instance.pixelSpacing)
      heat = model.heat(over)
    }
    return FilmFinding(
      instance: instance, frame: frame, assessment: assessment,
      display: windowed, heat: heat, regions: regions,
      lungFlags: lung.quality.flags.map(\.rawValue) + (rows.isEmpty ? ["side-assumed"] : []))
  }
}

extension Image {
  /// Negative values become 0 and the largest 1; a map without a positive value becomes 0.
  func scaledToPeak() -> Image {
    let peak = pixels.max() ?? 0
    guard peak > 0 else { return Image(width: width, height: height) }
    return Image(width: width, height: height, pixels: pixels.map { max(0, $0 / peak) })
  }
}
