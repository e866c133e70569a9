import Foundation
import Imaging
import Lungs
import Networks
import Phantoms
import Synchronization
import Tensors

/// Makes the prepared samples of a recipe, once, in memory.
package struct SampleLoader: Sendable {
  package let recipe: Recipe
  /// The folder that picture lists are relative to; nil leaves picture sources out.
  package let corpusRoot: String?
  /// Finds the lungs where the preparation wants them and the source has no truth for the task.
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
      samples += try load(source, index)
    }
    return samples
  }

  package func load(_ source: Recipe.Source, _ index: Int) throws -> [TrainingSample] {
    switch source.kind {
    case .radiographPhantoms, .tomographPhantoms:
      let seed = source.seed ?? 0
      let first = source.first ?? 0
      let size = source.size ?? 256
      return try map(source.count ?? 0) { offset, workspace in
        source.kind == .radiographPhantoms
          ? try radiograph(seed, first + offset, size, index, workspace)
          : tomograph(seed, first + offset, size, index)
      }
    case .pictures:
      guard let corpusRoot else { return [] }
      let list = try PictureList(path: corpusRoot + "/" + (source.list ?? ""))
      try list.checkPatients()
      let rows = list.rows.filter { wanted($0, by: source) }
      return try map(rows.count) { offset, workspace in
        try picture(rows[offset], list.folder, index, workspace)
      }
    }
  }

  private func wanted(_ row: PictureRow, by source: Recipe.Source) -> Bool {
    if let split = source.split, row.split != split { return false }
    if let licences = source.licences, !licences.contains(row.licence ?? "") { return false }
    if let prefixes = source.prefixes, !prefixes.contains(where: row.file.hasPrefix) {
      return false
    }
    switch recipe.task {
    case .segmentation: return row.maskFile != nil
    case .classification: return recipe.labels.contains { row.label($0.name) != nil }
    }
  }

  private func radiograph(
    _ seed: UInt64, _ index: Int, _ size: Int, _ source: Int, _ workspace: Workspace
  ) throws -> TrainingSample {
    let phantom = RadiographPhantom(seed: seed, index: index, size: size)
    let truth = recipe.task == .segmentation ? phantom.lungs : phantom.truth
    return try sample(
      phantom.image, truth: truth, labels: [phantom.hasPneumothorax ? 1 : 0],
      patient: "phantom-\(seed)-\(phantom.patient)", source: source, origin: "phantom", workspace)
  }

  private func tomograph(
    _ seed: UInt64, _ index: Int, _ size: Int, _ source: Int
  ) -> TrainingSample {
    let phantom = CTPhantom(seed: seed, slice: index, size: size)
    let truth = phantom.truth.slice(0)
    let image = recipe.preparation.prepare(phantom.volume.slice(0), lung: phantom.lungs.slice(0))
    return TrainingSample(
      image: image, labels: padded([truth.isEmpty ? 0 : 1]), truth: image.follow(truth),
      patient: "phantom-\(seed)-\(phantom.patient)", source: source, origin: "phantom")
  }

  private func picture(
    _ row: PictureRow, _ folder: String, _ source: Int, _ workspace: Workspace
  ) throws -> TrainingSample {
    guard let image = try? Self.read(folder + "/" + row.file).image else {
      throw TrainingError(.pictureUnreadable, index: row.line)
    }
    var truth: Mask?
    if let file = row.maskFile {
      truth = try? Self.read(folder + "/" + file).mask.resized(
        width: image.width, height: image.height)
      if truth == nil { throw TrainingError(.pictureUnreadable, index: row.line) }
    }
    let names = recipe.labels.map(\.name) + recipe.auxiliary
    return try sample(
      image, truth: recipe.task == .segmentation ? truth : nil,
      labels: names.map { row.label($0).map(Float.init) }, patient: row.patient, source: source,
      origin: row.source ?? "", workspace)
  }

  private func sample(
    _ image: Image, truth: Mask?, labels: [Float?], patient: String, source: Int, origin: String,
    _ workspace: Workspace
  ) throws -> TrainingSample {
    let lung =
      recipe.task == .classification
      ? try lungs?.segment(image, using: workspace).trusted : nil
    let prepared = recipe.preparation.prepare(image, lung: lung)
    return TrainingSample(
      image: prepared, labels: padded(labels), truth: truth.map(prepared.follow),
      patient: patient, source: source, origin: origin)
  }

  private func padded(_ labels: [Float?]) -> [Float?] {
    let count = recipe.labels.count + recipe.auxiliary.count
    return labels + [Float?](repeating: nil, count: max(0, count - labels.count))
  }

  /// A grey picture by its ending: PNG, or else JPEG.
  static func read(_ path: String) throws -> GreyPicture {
    path.lowercased().hasSuffix(".png") ? try PNG.read(path) : try JPEG.read(path)
  }

  /// `count` samples in order, made by `threads` workers. The first error is thrown.
  private func map(
    _ count: Int, _ make: @Sendable (Int, Workspace) throws -> TrainingSample
  ) throws -> [TrainingSample] {
    let slots = Mutex([Result<TrainingSample, any Error>?](repeating: nil, count: count))
    let grain = 16
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
      Image(width: mask.width, height: mask.height, pixels: mask.bits.map(Float.init))
        .resampled(
          region, width: preparation.width, height: preparation.height, fill: 0),
      atLeast: 0.5)
  }
}
