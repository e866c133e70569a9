import Tensors

/// What a chain costs on this machine, from a few steps of each of its parts.
///
/// Nothing is learned that could be used: the inputs are phantoms prepared as the recipe says, and
/// the networks start as they would. Times are of whole steps, data included.
package struct ChainProbe: Sendable {
  /// What a chain spends its time on.
  package enum Part: String, CaseIterable, Sendable, Codable {
    /// A training step of the classifier.
    case classifier
    /// The logits of one picture, as its validation reads them.
    case score
    /// The map of one picture.
    case map
    /// The seeds of one picture.
    case seeds
    /// A training step of IRNet's heads.
    case affinity
    /// The random walk of one picture.
    case walk
    /// A training step of the segmentation network.
    case segmentation
    /// The mask that it draws on one picture.
    case mask
  }

  /// Of one part of the chain.
  package struct Cost: Sendable, Codable {
    package let part: Part
    /// Seconds of one training step, or of one picture.
    package let seconds: Double
    /// Seconds of them that drawing and augmenting the batch takes.
    package let dataSeconds: Double
    /// Steps of the whole run, or pictures.
    package let count: Int
    /// Pictures of a step.
    package let batch: Int

    package var total: Double { seconds * Double(count) }
  }

  package let recipe: ChainRecipe
  /// Positive training pictures of the whole run: each gets a map, seeds and a walk.
  package let positives: Int
  let samples: [TrainingSample]

  /// Throws `TrainingError(.recipe)` for a recipe that `ChainRun` refuses.
  package init(recipe: ChainRecipe, positives: Int) throws {
    try recipe.check()
    self.recipe = recipe
    self.positives = positives
    samples = (0..<4).map { Self.sample($0, of: recipe) }
  }

  /// Measures one part after one run that is not counted.
  ///
  /// - Parameter steps: training steps that are timed; of single pictures so many a thread, as many
  ///   at once as there are threads.
  /// Throws as `ChainRun`.
  package func cost(_ part: Part, steps: Int, threads: Int) throws -> Cost {
    var bench = try bench(part, threads: threads)
    try bench.run()
    if let picture = bench.picture {
      let count = steps * threads
      let seconds = try Self.seconds {
        _ = try Items.map(count, threads: threads, grain: 1) { index, workspace in
          try picture(index, workspace)
          return true
        }
      }
      return Cost(
        part: part, seconds: seconds / Double(count), dataSeconds: 0, count: bench.count, batch: 1)
    }
    let whole = try Self.seconds { for _ in 0..<steps { try bench.run() } }
    let data = Self.seconds { for step in 0..<steps { bench.drawData(1 + step) } }
    return Cost(
      part: part, seconds: whole / Double(steps), dataSeconds: data / Double(steps),
      count: bench.count, batch: bench.batch)
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock.now
    try body()
    return (ContinuousClock.now - clock) / .seconds(1)
  }

  /// Seconds with so many cores, by Amdahl's law from those with one thread and with `threads`:
  /// `T(n) = serial + rest / n`.
  ///
  /// Where noise makes the second larger than the first, or smaller than its share, the part counts
  /// as wholly serial, or as having no serial rest.
  package static func projected(
    one: Double, many: Double, threads: Int, cores: Int
  ) -> Double {
    guard threads > 1 else { return one }
    let rest = max(0, one - many) / (1 - 1 / Double(threads))
    return max(0, one - rest) + min(rest, one) / Double(cores)
  }
}
