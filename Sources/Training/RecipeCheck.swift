import Networks
import Phantoms

/// Recipes come from files: bounds keep a wrong one from trapping or asking for all memory.
extension Recipe {
  /// Side of a phantom in pixels.
  package static let sizes = 32...3072
  /// Slices of a series of phantoms.
  package static let slices = 2...1000

  /// Throws `TrainingError`: `recipe` for what is impossible or out of bounds, `licenceRefused`
  /// for pictures that may not be trained on; with the number of the source where it is one's.
  package func check() throws {
    let input = 16...1024
    guard (1...512).contains(batch), (1...batch).contains(microBatch ?? batch),
      batch.isMultiple(of: microBatch ?? batch), (1...10_000).contains(epochs),
      (1...100_000).contains(stepsPerEpoch), validateEvery >= 1, !labels.isEmpty,
      input.contains(preparation.width), input.contains(preparation.height),
      !preparation.channels.isEmpty, sources.contains(where: { $0.use == .train }),
      optimizer.isWithinBounds, schedule.isWithinBounds, averageDecay.map((0...1).contains) ?? true,
      checkpointEvery ?? 1 >= 1, (0...1).contains(targetSensitivity),
      loss?.isWithinBounds ?? true, dropBlock?.isWithinBounds ?? true,
      slicePictures?.isSound ?? true
    else { throw TrainingError(.recipe) }
    try checkGroups()
    for (index, source) in sources.enumerated() {
      guard source.isWithinBounds else { throw TrainingError(.recipe, index: index) }
      guard source.mayTrain(allowNonCommercial: allowNonCommercial ?? false) else {
        throw TrainingError(.licenceRefused, index: index)
      }
    }
  }
}

extension Recipe {
  /// A parameter group that no parameter is in is a slip of the pen.
  private func checkGroups() throws {
    guard let groups = optimizer.groups else { return }
    guard let shapes = try? network.parameterShapes() else { throw TrainingError(.recipe) }
    let names = shapes.map(\.name).filter { !NetworkSpec.isRunning($0) }
    guard groups.allSatisfy({ names.contains(where: $0.matches) }) else {
      throw TrainingError(.recipe)
    }
  }
}

extension Recipe.Source {
  /// Whether its pictures are CT slices in HU. Lists follow the model's modalities.
  package func isTomograph(modalities: [String]) -> Bool {
    switch kind {
    case .radiographPhantoms: false
    case .tomographPhantoms: true
    case .pictures, .data: modalities.contains("CT")
    }
  }

  fileprivate var isWithinBounds: Bool {
    guard weight >= 0, weight.isFinite, positiveShare.map((0...1).contains) ?? true else {
      return false
    }
    if kind == .data { return rules?.shares.isWithinBounds ?? true }
    guard kind != .pictures else { return list != nil }
    guard seed != nil, let count, (1...1_000_000).contains(count) else { return false }
    guard (uncertain.map((0...1).contains)) ?? true, phantomFindings != nil || findings == nil
    else {
      return false
    }
    guard lesions.map({ !$0.isEmpty }) ?? true else { return false }
    if let diameters {
      guard diameters.count == 2, diameters[0] >= 1, diameters[0] < diameters[1],
        diameters[1] <= 100
      else { return false }
    }
    return (0...1_000_000_000).contains(first ?? 0)
      && size.map(Recipe.sizes.contains) ?? true && slices.map(Recipe.slices.contains) ?? true
  }

  /// By finding; nil where there are none, or one that phantoms do not have, or a share out of
  /// bounds.
  var phantomFindings: [RadiographFinding: Double]? {
    guard let findings, kind == .radiographPhantoms else { return nil }
    var rates: [RadiographFinding: Double] = [:]
    for (name, rate) in findings {
      guard let finding = RadiographFinding(rawValue: name), (0...1).contains(rate) else {
        return nil
      }
      rates[finding] = rate
    }
    return rates
  }

  /// Weights may ship only when every picture they were trained on may be used so: a source of
  /// pictures for training names its licences, and none forbids commercial use.
  fileprivate func mayTrain(allowNonCommercial: Bool) -> Bool {
    guard kind == .pictures, use == .train else { return true }
    guard let licences, !licences.isEmpty else { return false }
    return allowNonCommercial || !licences.contains(where: Self.forbidsCommerce)
  }

  private static func forbidsCommerce(_ licence: String) -> Bool {
    let letters = licence.lowercased().filter(\.isLetter)
    return licence.contains("NC") || letters.contains("noncommercial")
  }
}
