import DICOM
import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// Scores one frontal film: density, lung mask, probabilities, maps, regions.
struct FilmScorer: Sendable {
  let reader: any InstanceReader
  let models: ScoringModels

  /// A bad lung mask is flagged and the film scored without it; it is never dropped for that.
  /// - Returns: the finding of the main model, and those of the panel, where there is one.
  /// - Throws: `DICOMError` of decoding.
  func score(
    _ instance: Instance, using workspace: Workspace
  ) throws -> (main: FilmFinding, panel: [FilmFinding]) {
    let film = try read(instance, using: workspace)
    let model = models.film
    let prepared = model.classifier.preparation.prepare(film.density, lung: film.lung.trusted)
    let reading = try model.classifier.read(
      prepared, mapIf: model.isPositive, using: workspace)
    let main = film.finding(
      model.assessment(ofLogit: reading.logits[0]), map: reading.heatmap?.image,
      prepared: prepared, reader: model)
    return (main, try models.panel?.findings(film, using: workspace) ?? [])
  }

  private func read(_ instance: Instance, using workspace: Workspace) throws -> ReadFilm {
    let frame = 0
    let (density, windowed) = try reader.film(of: instance, frame: frame)
    // Rows that run to the patient's right begin at the patient's left.
    let mirrored = (instance.patientOrientation.first ?? "").hasPrefix("R")
    let lung = try models.radiographLungs.segment(density, mirrored: mirrored, using: workspace)
    return ReadFilm(
      instance: instance, frame: frame, density: density, windowed: windowed, lung: lung,
      mirrored: mirrored)
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
