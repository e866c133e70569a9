import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// The end: how well each map finds lesions that were drawn, and the model.
extension DecompositionWork {
  /// Measures every map and those without training and writes "figures.json" and "pictures"; nothing
  /// where no lesion is drawn.
  /// - Returns: the threshold of the segmentation that gives the best Dice of all pixels together.
  func measure() throws -> Double? {
    let known = Validation(
      recipe: try recipe.classifierRecipe(), samples: data.judged, threads: options.threads
    ).truth
    let set = data.judged.selecting(known.map(\.index))
    let truth = known.map(\.label)
    let drawn = set.indices.filter { truth[$0] == 1 && set[$0].truth.map { !$0.isEmpty } ?? false }
    guard !drawn.isEmpty else { return nil }
    let makers = try makers()
    var results = makers.map { LesionMapResult(map: $0.name) }
    var missed: [Int] = []
    let isDrawn = Set(drawn)
    let piece = 32 * options.threads
    for start in stride(from: 0, to: set.count, by: piece) {
      let range = start..<min(set.count, start + piece)
      let made = try Items.map(range.count, threads: options.threads, grain: 1) { at, workspace in
        let sample = set[range.lowerBound + at]
        return try Self.read(
          sample, makers, isDrawn: isDrawn.contains(range.lowerBound + at), workspace)
      }
      for slice in made {
        for index in results.indices {
          results[index].means.append(slice.means[index])
          if let histogram = slice.histograms?[index] {
            results[index].pictures.append(histogram)
          }
        }
        if let count = slice.missed { missed.append(count) }
      }
    }
    let all = LesionMapFigures.all(
      results, truth: truth, missed: missed,
      trivial: Set([TrivialMaps.intensity] + TrivialMaps.openings.map(TrivialMaps.openingName)),
      bootstrap: PatientBootstrap(
        patients: drawn.map { set.facts[$0].patient }, threads: options.threads))
    for figures in all { runner.progress(.lesionMap(figures)) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try TrainingOutput.write([UInt8](try encoder.encode(all)), to: out + "/figures.json")
    try LesionSheet.write(
      set.selecting(drawn), makers: makers, to: out + "/pictures", threads: options.threads)
    return all.last?.bestDice?.threshold
  }

  /// A map by its name.
  struct Maker: Sendable {
    let name: String
    let make: @Sendable (PreparedImage, Workspace) throws -> Image
  }

  private struct SliceReading: Sendable {
    let means: [Double]
    /// Of a slice with a drawn lesion.
    let histograms: [PixelHistogram]?
    let missed: Int?
  }

  private static func read(
    _ sample: TrainingSample, _ makers: [Maker], isDrawn: Bool, _ workspace: Workspace
  ) throws -> SliceReading {
    let cells = sample.image.lungCells
    let truth = sample.truth
    let bits = cells.map { truth?.bits[$0] ?? 0 }
    var (means, histograms): ([Double], [PixelHistogram]) = ([], [])
    for maker in makers {
      let values = try maker.make(sample.image, workspace).pixels
      means.append(
        cells.reduce(0.0) { $0 + Double(values[$1]) } / Double(max(1, cells.count)))
      if isDrawn {
        histograms.append(PixelHistogram(values: cells.map { values[$0] }, truth: bits))
      }
    }
    let inside = bits.reduce(0) { $0 + Int($1) }
    return SliceReading(
      means: means, histograms: isDrawn ? histograms : nil,
      missed: isDrawn ? (truth?.count ?? 0) - inside : nil)
  }

  /// Those without training first, the segmentation of the last round last.
  private func makers() throws -> [Maker] {
    var all = [Maker(name: TrivialMaps.intensity) { image, _ in TrivialMaps.intensity(of: image) }]
    all += TrivialMaps.openings.map { side in
      Maker(name: TrivialMaps.openingName(side)) { image, _ in
        TrivialMaps.opening(of: image, side: side)
      }
    }
    guard let classifier, let fusion else { throw TrainingError(.checkpointMismatch) }
    for method in recipe.maps {
      let maps = try ClassMaps(recipe, classifier: classifier, method: method)
      all.append(Maker(name: method) { try maps.map(of: $0, using: $1) })
    }
    for own in generators {
      if own.recipe.method == .decomposition {
        // The paper: the lesion part from -1...1 to 0...1.
        all.append(
          Maker(name: own.recipe.name + " (g2+1)/2") { image, workspace in
            guard let lesion = try own.maps.maps(of: image, using: workspace).lesion else {
              throw LocalizationError(.noMap)
            }
            return lesion.halved.inside(image.lung)
          })
      }
      let name = own.recipe.method == .decomposition ? " |x-g1|" : ""
      all.append(
        Maker(name: own.recipe.name + name) { try own.maps.maps(of: $0, using: $1).residual })
    }
    let sigma = recipe.fusion.sigma
    all.append(
      Maker(name: "decomposition, smoothed") { image, workspace in
        try fusion.mean(of: image, using: workspace).blurred(sigma: sigma).halved
          .inside(image.lung)
      })
    all.append(Maker(name: "fused") { try fusion.map(of: $0, using: $1) })
    let own = try recipe.segmentationRecipe()
    for (round, weights) in segmenters.enumerated() {
      let segmenter = try Segmenter(
        network: own.network, parameters: weights, preparation: recipe.preparation,
        averaging: recipe.segmentation.averaging)
      all.append(
        Maker(name: "segmentation, round \(round + 1)") { image, workspace in
          try segmenter.probabilities(of: image, using: workspace).inside(image.lung)
        })
    }
    return all
  }

  /// The model package: the classifier, calibrated on the validation slices, and the segmentation
  /// network of the last round.
  func export(threshold: Double?) throws -> ModelPackage {
    guard let classifier, let weights = segmenters.last else {
      throw TrainingError(.checkpointMismatch)
    }
    let own = try recipe.classifierRecipe()
    let validation = Validation(recipe: own, samples: data.validation, threads: options.threads)
    var section = ModelDescription.Segmentation(
      network: try recipe.segmentationRecipe().network, threshold: threshold ?? 0.5,
      thresholdSource: (threshold == nil ? ThresholdSource.none : .pixelLevelValidation).rawValue)
    section.smallestShare = recipe.segmentation.smallestShare
    section.averaging = recipe.segmentation.averaging
    return try ModelExport(
      recipe: own, validation: validation, seriesTop: recipe.seriesTop
    ).export(classifier, segmentation: (section, weights), to: out)
  }
}

extension Image {
  /// From -1...1 to 0...1.
  fileprivate var halved: Image {
    Image(width: width, height: height, pixels: pixels.map { ($0 + 1) / 2 })
  }
}
