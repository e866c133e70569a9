import DICOM
import Findings
import Imaging
import Localization
import Networks
import Tensors

/// A film model of several labels: what they are, their codes, calibrations, operating points and cuts
/// come from its package.
struct Panel: Sendable {
  /// One a label that is read, in the model's order.
  let readers: [ScoringModels.Reader]
  /// Gives every logit in one pass.
  private let classifier: Classifier
  /// Draws every label in one pass; nil where the model has a localizer instead.
  private let segmenter: LabelSegmenter?

  /// - Parameter known: labels that another model of films reads: they are left to it.
  /// Throws `ScoringError(.modelUnsuitable)` for a model without a label to read, without operating
  /// points, or without maps.
  init(_ package: ModelPackage, name: String, card: String, known: Set<String>) throws {
    let description = package.description
    func unsuitable() -> ScoringError { ScoringError(.modelUnsuitable, model: name) }
    guard description.task == .classification else { throw unsuitable() }
    let identity = ModelIdentity(
      name: description.name, version: description.version, digest: package.digest, card: card)
    do {
      let plain = try Classifier(
        network: description.network, parameters: package.parameters,
        preparation: description.preparation, map: nil)
      classifier = plain
      segmenter = try package.second.flatMap { weights in
        try description.segmentation.map {
          try LabelSegmenter(
            network: $0.network, parameters: weights, preparation: description.preparation)
        }
      }
      let hasSegmenter = segmenter != nil
      readers = try description.labels.indices.compactMap { index in
        let label = description.labels[index]
        guard !known.contains(label.name),
          let point = description.operatingPoint(ofLabel: index)
        else { return nil }
        guard let regions = Regions(model: description, label: index) else { throw unsuitable() }
        return ScoringModels.Reader(
          classifier: hasSegmenter ? plain : try Classifier(model: package, label: index),
          description: description, label: label, index: index, threshold: point.threshold,
          regions: regions,
          identity: identity)
      }
    } catch is LocalizationError {
      throw unsuitable()
    }
    guard !readers.isEmpty else { throw unsuitable() }
  }

  /// What the model says of one film: a finding a label, positive or not.
  func findings(
    _ film: ReadFilm, using workspace: Workspace
  ) throws -> [FilmFinding] {
    let prepared = classifier.preparation.prepare(film.density, lung: film.lung.trusted)
    let logits = try classifier.read(prepared, using: workspace).logits
    let assessments = readers.map { $0.assessment(ofLogit: logits[$0.index]) }
    let isDrawn = assessments.contains(where: \.isPositive)
    let planes = isDrawn ? try segmenter?.probabilities(of: prepared, using: workspace) : nil
    return try zip(readers, assessments).map { reader, assessment in
      var map: Image?
      if assessment.isPositive {
        map =
          try planes.map { $0[reader.index] }
          ?? reader.classifier.read(prepared, using: workspace).heatmap?.image
      }
      return film.finding(assessment, map: map, prepared: prepared, reader: reader)
    }
  }
}
