import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The end: how well nodules are found and outlined, and the model.
extension NoduleWork {
  /// Measures every method on drawn nodules and writes "figures.json" and "pictures"; nothing where none
  /// is drawn.
  func measure() throws {
    let set = data.judged
    let labels = set.facts.map { $0.labels.first.flatMap { $0 } }
    // A slice with a nodule that nobody drew says nothing of places.
    let judged = set.indices.filter { labels[$0] == 0 || (labels[$0] == 1 && set[$0].truth != nil) }
    guard judged.contains(where: { labels[$0] == 1 }) else { return }
    let methods = try methods()
    let read = try Items.map(judged.count, threads: options.threads, grain: 1) { at, workspace in
      try methods.read(set[judged[at]], using: workspace)
    }
    let isPositive = judged.map { labels[$0] == 1 }
    let none = read.indices.filter { !isPositive[$0] }
    // A nodule too small for the cells of the input is one that no output can meet.
    let one = read.indices.filter { isPositive[$0] && read[$0].nodules <= 1 }
    let two = read.indices.filter { isPositive[$0] && read[$0].nodules == 2 }
    let slices = NoduleFigures.Slices(
      normal: none.count, oneNodule: one.count,
      vanished: one.count { read[$0].nodules == 0 }, twoNodules: two.count,
      more: read.count - none.count - one.count - two.count)
    let all = methods.names.indices.map { index in
      let right = read.indices.compactMap { slice in
        read[slice].calls[index].map { $0 == isPositive[slice] }
      }
      return NoduleFigures(
        method: methods.names[index], slices: slices,
        accuracy: Intervals.wilson(successes: right.count { $0 }, of: right.count),
        nodules: one.map { read[$0].outcomes[index] },
        normals: none.map { read[$0].outcomes[index] },
        patients: one.map { set.facts[judged[$0]].patient },
        twoNodules: NoduleFigures.TwoNodules(two.compactMap { read[$0].found[index] }),
        threads: options.threads)
    }
    for figures in all { runner.progress(.nodules(figures)) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try TrainingOutput.write([UInt8](try encoder.encode(all)), to: out + "/figures.json")
    let shown = one.filter { read[$0].nodules == 1 }.map { judged[$0] }
    try LesionSheet.write(
      set.selecting(shown), makers: methods.makers, to: out + "/pictures",
      threads: options.threads)
  }

  private func methods() throws -> NoduleMethods {
    guard let classifier else { throw TrainingError(.checkpointMismatch) }
    func finder(_ index: Int?, blobs: Int) throws -> NoduleFinder {
      var settings = recipe.nodules
      settings.blobs = blobs
      settings.network = index.flatMap { recipe.finer[$0].network }
      return try NoduleFinder(
        network: recipe.classifierRecipe().network, parameters: classifier,
        finer: index.map { finer[$0] }, settings: settings, preparation: recipe.preparation)
    }
    let indices = [nil] + recipe.finer.indices.map(Optional.init)
    return NoduleMethods(
      finders: try indices.map { index in
        .init(
          name: index.map { Self.finerName(recipe.finer[$0]) } ?? "1-gap",
          classifier: try Classifier(
            network: (index.map(recipe.finerRecipe) ?? recipe.classifierRecipe()).network,
            parameters: index.map { finer[$0] } ?? classifier, preparation: recipe.preparation),
          single: try finder(index, blobs: 1), pair: try finder(index, blobs: 2))
      },
      supervised: try supervised.flatMap { weights in
        try recipe.supervisedRecipe().map {
          try Segmenter(
            network: $0.network, parameters: weights, preparation: recipe.preparation)
        }
      })
  }

  /// The model package: the classifier, calibrated on the validation slices, how nodules are cut out, and
  /// the finer network that ships.
  func export() throws -> ModelPackage {
    guard let classifier else { throw TrainingError(.checkpointMismatch) }
    let own = try recipe.classifierRecipe()
    var section = recipe.nodules
    section.network = recipe.shipped.flatMap { recipe.finer[$0].network }
    return try ModelExport(
      recipe: own,
      validation: Validation(recipe: own, samples: data.validation, threads: options.threads),
      seriesTop: recipe.seriesTop
    ).export(classifier, nodules: (section, recipe.shipped.map { finer[$0] }), to: out)
  }
}

/// The rows of the table: each network coarse and fine, and the supervised one.
private struct NoduleMethods: Sendable {
  /// One network as a classifier, and what is cut out with it for one nodule and for two.
  struct Finder: Sendable {
    let name: String
    let classifier: Classifier
    let single: NoduleFinder
    let pair: NoduleFinder
  }

  /// The one of one scale first.
  let finders: [Finder]
  let supervised: Segmenter?

  /// One slice read by all of them.
  struct Slice: Sendable {
    /// Parts of the drawn truth at the input size.
    let nodules: Int
    let outcomes: [NoduleOutcome]
    /// What the network calls the slice; nil for the supervised one.
    let calls: [Bool?]
    /// How many of two nodules the form for two found; nil for other slices and methods.
    let found: [Int?]
  }

  var names: [String] {
    finders.flatMap { ["\($0.name) coarse", "\($0.name) fine"] }
      + (supervised == nil ? [] : ["u-net"])
  }

  func read(_ sample: TrainingSample, using workspace: Workspace) throws -> Slice {
    let image = sample.image
    let truth = sample.truth ?? Mask(width: image.base.width, height: image.base.height)
    let parts = Components(truth, connectivity: .all)
    // The paper: only slices that the classifier of one scale calls are searched.
    let calls = try finders.map { try $0.classifier.read(image, using: workspace).logits[0] > 0 }
    let isCalled = calls[0]
    let empty = Mask(width: truth.width, height: truth.height)
    var (masks, found): ([Mask], [Int?]) = ([], [])
    for finder in finders {
      let single = isCalled ? try finder.single.nodules(in: image, using: workspace) : nil
      masks.append(single?.coarse(width: truth.width, height: truth.height) ?? empty)
      masks.append(single?.fine(width: truth.width, height: truth.height) ?? empty)
      var hits: (coarse: Int, fine: Int)?
      if parts.count == 2 {
        let pair = isCalled ? try finder.pair.nodules(in: image, using: workspace) : nil
        let own = (0..<2).map(parts.mask)
        func hit(_ mask: Mask?) -> Int {
          own.count { !($0.intersection(mask ?? empty).isEmpty) }
        }
        hits = (
          hit(pair?.coarse(width: truth.width, height: truth.height)),
          hit(pair?.fine(width: truth.width, height: truth.height))
        )
      }
      found += [hits?.coarse, hits?.fine]
    }
    if let supervised {
      let map = try supervised.probabilities(of: image, using: workspace)
      let mask = Mask(map, atLeast: 0.5)
      masks.append(mask)
      found.append(
        parts.count == 2
          ? (0..<2).count { !parts.mask(of: $0).intersection(mask).isEmpty } : nil)
    }
    return Slice(
      nodules: parts.count,
      outcomes: masks.map {
        NoduleOutcome(
          output: $0.count, truth: truth.count, overlap: $0.intersection(truth).count,
          cell: image.cellSquareMillimetres)
      },
      calls: calls.flatMap { [$0, $0] } + (supervised == nil ? [] : [nil]), found: found)
  }

  /// For pictures: the map of each network, and what is cut out by it.
  var makers: [DecompositionWork.Maker] {
    var all: [DecompositionWork.Maker] = []
    for finder in finders {
      all.append(
        .init(name: finder.name + " map") { image, workspace in
          try finder.single.finerMap(of: image, using: workspace)
            ?? finder.single.map(of: image, using: workspace)
        })
      all.append(
        .init(name: finder.name + " scope") { image, workspace in
          let places = try finder.single.nodules(in: image, using: workspace).places
          return (places.first?.scope ?? Mask(width: image.base.width, height: image.base.height))
            .image
        })
      for isFine in [false, true] {
        all.append(
          .init(name: finder.name + (isFine ? " fine" : " coarse")) { image, workspace in
            let reading = try finder.single.nodules(in: image, using: workspace)
            let (width, height) = (image.base.width, image.base.height)
            return
              (isFine
              ? reading.fine(width: width, height: height)
              : reading.coarse(width: width, height: height)).image
          })
      }
    }
    if let supervised {
      all.append(
        .init(name: "u-net") { try supervised.probabilities(of: $0, using: $1) })
    }
    return all
  }
}
