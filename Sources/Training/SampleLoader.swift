import Foundation
import Imaging
import Lungs
import Networks
import Synchronization
import Tensors

/// Makes the prepared samples of a recipe, once, in memory.
package struct SampleLoader: Sendable {
  package let recipe: Recipe
  /// The folder that picture lists are relative to; nil leaves picture sources out.
  package let corpusRoot: String?
  /// Finds the lungs of radiographs where the preparation wants them, as scoring will.
  package let lungs: RadiographLungs?
  package let threads: Int

  package init(recipe: Recipe, corpusRoot: String?, lungs: RadiographLungs?, threads: Int) {
    self.recipe = recipe
    self.corpusRoot = corpusRoot
    self.lungs = lungs
    self.threads = threads
  }

  /// The samples for one use, in the order of the sources. A missing corpus gives none.
  package func load(_ use: Recipe.Source.Use) throws -> [TrainingSample] {
    var samples: [TrainingSample] = []
    for (index, source) in recipe.sources.enumerated() where source.use == use {
      let films = try FilmSource(
        source, names: recipe.labels.map(\.name) + recipe.auxiliary, corpusRoot: corpusRoot,
        needsLungMask: recipe.task == .segmentation)
      samples += try Items.map(films.count, threads: threads) { item, workspace in
        try sample(films.film(item), kind: source.kind, source: index, workspace)
      }
    }
    return samples
  }

  private func sample(
    _ film: Film, kind: Recipe.Source.Kind, source: Int, _ workspace: Workspace
  ) throws -> TrainingSample {
    var lung: Mask?
    if recipe.task == .classification {
      lung =
        kind == .tomographPhantoms
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
    _ count: Int, threads: Int, _ make: @Sendable (Int, Workspace) throws -> T
  ) throws -> [T] {
    let slots = Mutex([Result<T, any Error>?](repeating: nil, count: count))
    let grain = 8
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
