import Imaging
import Localization
import Networks
import Tensors

/// The maps of several methods on the positives of a set, side by side: what does each look at?
struct MapMethodRun: Sendable {
  /// One positive film.
  struct Row: Sendable {
    let item: FilmResult
    /// Of the list (the header is row 1), or the number of the phantom.
    let number: Int
    let places: [MapPlace]
    let panes: [GalleryPane]
  }

  /// The map that the model shows comes first.
  let methods: [String]
  private let classifiers: [Classifier]

  /// Those of CAM, Grad-CAM, Grad-CAM++ and the layer maps that the model's network allows, each at
  /// the layer that the model names, else at its own, without averaging.
  /// Throws `ModelError` or `GraphError` for a model that does not run.
  init(_ reader: FilmReader) throws {
    let description = reader.model.description
    var methods: [String] = []
    var classifiers: [Classifier] = []
    if let shown = description.mapCut(ofLabel: reader.label)?.method {
      methods.append(shown)
      classifiers.append(reader.classifier)
    }
    let others: [any Localizer.Type] = [
      ClassActivationMap.self, GradientClassActivationMap.self, GradCAMPlusPlus.self,
      LayerActivationMap.self, FineActivationMap.self,
    ]
    for localizer in others where !methods.contains(localizer.name) {
      let layer = localizer == ClassActivationMap.self ? nil : description.map?.layer
      do {
        classifiers.append(
          try Classifier(
            network: description.network, parameters: reader.model.parameters,
            preparation: description.preparation, map: MapMethod(localizer, layer: layer),
            label: reader.label))
        methods.append(localizer.name)
      } catch is LocalizationError {
        // A network without the tap or head that the method needs.
      }
    }
    (self.methods, self.classifiers) = (methods, classifiers)
  }

  /// Every map over the film, in the order of `methods`.
  func maps(of exam: FilmExam, _ workspace: Workspace) throws -> [Image] {
    try classifiers.map { classifier in
      let reading = try classifier.read(exam.prepared, using: workspace)
      guard let map = reading.heatmap?.image else { throw LocalizationError(.noMap) }
      return exam.prepared.overSource(map)
    }
  }

  func reports(_ rows: [Row]) -> [MapMethodReport] {
    methods.indices.map { at in
      MapMethodReport(method: methods[at], places: rows.map { $0.places[at] })
    }
  }
}

extension EvaluationRun {
  /// Positives with their maps by every method; films are read a second time for it.
  func methodRows(_ measured: Measured, _ run: MapMethodRun) throws -> [MapMethodRun.Row] {
    let positives = measured.items.filter { $0.label == 1 }
    return try Items.map(positives.count, threads: options.threads, grain: 1) { index, workspace in
      let item = positives[index]
      let row = set.rows?[item.item].line
      guard let exam = try reader.examine(set.films.film(item.item), row: row, workspace) else {
        preconditionFailure("a measured film has a label")
      }
      let maps = try run.maps(of: exam, workspace)
      let places = maps.map { MapPlace($0, lungs: exam.lungs, truth: exam.film.truth) }
      return MapMethodRun.Row(
        item: item, number: row ?? item.item, places: places,
        panes: try MapPanes(exam.film.image, lungs: exam.lungs, truth: exam.film.truth)
          .panes(maps, places))
    }
  }
}
