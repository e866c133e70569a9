import Foundation
import Imaging
import Lungs
import Networks
import Synchronization
import Tensors

/// Makes the prepared samples of a recipe, once, in memory.
package struct SampleLoader: Sendable {
  package let recipe: Recipe
  /// The folder that picture lists are relative to.
  package let corpusRoot: String?
  /// Finds the lungs of radiographs where the preparation wants them, as scoring will.
  package let lungs: RadiographLungs?
  package let threads: Int
  /// Leaves picture sources out.
  package let withoutPictures: Bool

  package init(
    recipe: Recipe, corpusRoot: String?, lungs: RadiographLungs?, threads: Int,
    withoutPictures: Bool = false
  ) {
    self.withoutPictures = withoutPictures
    self.recipe = recipe
    self.corpusRoot = corpusRoot
    self.lungs = lungs
    self.threads = threads
  }

  /// Whether every source can be made, before minutes go into the first.
  ///
  /// Throws `TrainingError` with the number of the source: `noSamples` for pictures without a
  /// corpus, `lungsMissing` where the preparation needs lungs and nothing can tell them.
  package func check() throws {
    for (index, source) in recipe.sources.enumerated() where !leavesOut(source) {
      guard source.kind != .pictures || corpusRoot != nil else {
        throw TrainingError(.noSamples, index: index)
      }
      guard source.isTomograph(modalities: recipe.modalities) || !needsLungs || lungs != nil
      else { throw TrainingError(.lungsMissing, index: index) }
    }
  }

  private func leavesOut(_ source: Recipe.Source) -> Bool {
    withoutPictures && source.kind == .pictures
  }

  private var needsLungs: Bool {
    recipe.task == .classification && recipe.preparation.needsLungs
  }

  /// The samples for one use, in the order of the sources. Throws as `check`, and for lists that
  /// cannot be used.
  package func load(_ use: Recipe.Source.Use) throws -> [TrainingSample] {
    try check()
    var samples: [TrainingSample] = []
    for (index, source) in recipe.sources.enumerated() where source.use == use {
      if leavesOut(source) { continue }
      let tomograph = source.isTomograph(modalities: recipe.modalities)
      let films = try FilmSource(
        source, names: recipe.labels.map(\.name) + recipe.auxiliary, corpusRoot: corpusRoot,
        needs: .init(
          drawnLungs: recipe.task == .segmentation, hounsfield: tomograph, lungs: needsLungs),
        number: index)
      samples += try Items.map(films.count, threads: threads) { item, workspace in
        try sample(films.film(item), isTomograph: tomograph, source: index, workspace)
      }
    }
    return samples
  }

  private func sample(
    _ film: Film, isTomograph: Bool, source: Int, _ workspace: Workspace
  ) throws -> TrainingSample {
    var lung: Mask?
    if recipe.task == .classification {
      lung =
        isTomograph
        ? film.lungs : try lungs?.segment(film.image, using: workspace).trusted
    }
    let prepared = recipe.preparation.prepare(film.image, lung: lung)
    let truth = recipe.task == .segmentation ? film.lungs : film.truth
    let count = recipe.labels.count + recipe.auxiliary.count
    let known = film.labels.prefix(count)
    return TrainingSample(
      image: prepared, labels: known + [Float?](repeating: nil, count: count - known.count),
      truth: truth.map(prepared.follow), patient: film.patient, source: source,
      origin: film.origin)
  }
}

/// Work over numbered items by several workers, each with a workspace of one thread.
enum Items {
  /// Results in order; the first error is thrown.
  static func map<T: Sendable>(
    _ count: Int, threads: Int, grain: Int = 8, _ make: @Sendable (Int, Workspace) throws -> T
  ) throws -> [T] {
    let slots = Mutex([Result<T, any Error>?](repeating: nil, count: count))
    Parallel.forEach(count: (count + grain - 1) / grain, width: threads) { piece in
      let workspace = Workspace(threads: 1)
      for index in piece * grain..<min(count, (piece + 1) * grain) {
        let result = Result { try make(index, workspace) }
        slots.withLock { $0[index] = result }
      }
    }
    return try slots.withLock { $0 }.compactMap { try $0?.get() }
  }
}

extension PreparedImage {
  /// A mask of the source on the grid of the input.
  package func follow(_ mask: Mask) -> Mask {
    Mask(
      mask.image.resampled(
        region, width: preparation.width, height: preparation.height, fill: 0),
      atLeast: 0.5)
  }
}
