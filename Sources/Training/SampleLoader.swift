import Foundation
import Imaging
import Lungs
import Networks
import Synchronization
import Tensors

/// What a recipe's sources give.
package struct LoadedSamples: Sendable {
  package let train: SampleSet
  package let validation: SampleSet
  package let test: SampleSet
  package let report: DatasetReport

  /// Numbers of the training samples that carry the first label.
  var positives: [Int] {
    train.facts.indices.filter { train.facts[$0].labels.first == .some(1) }
  }

  /// What figures are measured on: the samples of `test`, where there are any, else of `validation`.
  var judged: SampleSet { test.isEmpty ? validation : test }

  /// Throws `lungsMissing` with the source of the first training sample whose lungs are not known: it would be
  /// learned as one that is lung all over.
  func checkLungs() throws {
    for index in train.indices where !train.hasLung(index) {
      throw TrainingError(.lungsMissing, index: train.facts[index].source)
    }
  }

  /// Throws `noSamples` without any to train on, and `patientInTwoSplits`, whatever the lists say.
  func check() throws {
    guard !train.isEmpty else { throw TrainingError(.noSamples) }
    var seen: Set<String> = []
    for part in [train, validation, test] {
      let shared = part.facts.filter { seen.contains($0.patient) }
      guard shared.isEmpty else {
        throw TrainingError(
          .patientInTwoSplits, index: shared[0].source, rows: shared.compactMap(\.row).sorted())
      }
      seen.formUnion(part.facts.map(\.patient))
    }
  }
}

/// Makes the prepared samples of a recipe, once: in memory, or in a cache on disk.
package struct SampleLoader: Sendable {
  package let recipe: Recipe
  /// The folder that picture lists are relative to.
  package let corpusRoot: String?
  /// Finds the lungs of radiographs where the preparation wants them, as scoring will.
  package let lungs: RadiographLungs?
  package let threads: Int
  /// Leaves picture and data sources out.
  package let withoutPictures: Bool
  /// The data set that the command line gave, for sources of kind `data` without a folder.
  package var data: (any Dataset)?
  /// Digest of the package that `lungs` came from.
  package var lungModelDigest: String?
  /// Where prepared pictures are kept; nil holds them in memory.
  package var cache: PreparedCache?
  /// For sources that have no rules of their own.
  package var rules = DatasetRules()

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
      switch source.kind {
      case .pictures:
        guard corpusRoot != nil else { throw TrainingError(.noSamples, index: index) }
      case .data:
        guard data != nil || (corpusRoot != nil && source.folder != nil) else {
          throw TrainingError(.noSamples, index: index)
        }
      case .radiographPhantoms, .tomographPhantoms: break
      }
      guard source.isTomograph(modalities: recipe.modalities) || !needsLungs || lungs != nil
      else { throw TrainingError(.lungsMissing, index: index) }
    }
  }

  func leavesOut(_ source: Recipe.Source) -> Bool {
    withoutPictures && (source.kind == .pictures || source.kind == .data)
  }

  var needsLungs: Bool {
    recipe.task == .classification && recipe.preparation.needsLungs
  }

  /// What the rows of a source must give for this recipe: also for the data set of the command line.
  package func needs(_ source: Recipe.Source) -> FilmSource.Needs {
    recipe.needs(tomograph: source.isTomograph(modalities: recipe.modalities))
  }

  /// The samples of all sources, in the order of the sources, with duplicates and contradictions
  /// dealt with by the rules.
  ///
  /// - Parameters:
  ///   - progress: pictures prepared in this call, and how many there are to prepare.
  ///   - shouldStop: asked between pieces of work (a pack of the cache); what is in the cache
  ///     stays.
  /// - Returns: nil when stopped.
  /// - Throws: as `check`, and `TrainingError` for lists that cannot be used, `pictureUnreadable`
  ///   with the row, `contradictoryLabels`, `duplicateAcrossSplits`, `oneClassOnly` when training
  ///   pictures of a classification are all of one class, `cacheNotWritable`, `diskFull`.
  package func load(
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }, shouldStop: () -> Bool = { false }
  ) throws -> LoadedSamples? {
    try check()
    let plan = try SourcePlan(self)
    var skipped = plan.skipped
    let preparing = SamplePreparation(loader: self, candidates: plan.candidates)
    guard let pictures = try preparing.run(progress, shouldStop) else { return nil }
    let (read, found) = self.read(plan, pictures, &skipped)
    var curation = Curation(
      read, judgesLabels: recipe.task == .classification, rules: { rules(of: $0) })
    try curation.run()
    for (source, counts) in curation.dropped {
      skipped[source, default: [:]].merge(counts, uniquingKeysWith: +)
    }
    let kept = read.indices.filter { curation.keeps[$0] }
    func set(_ use: Recipe.Source.Use) -> SampleSet {
      SampleSet(
        kept.compactMap { index in
          guard read[index].candidate.use == use, let picture = found[index] else { return nil }
          return (read[index].facts, picture)
        })
    }
    let train = set(.train)
    try checkClasses(train)
    let report = ReportMaker(
      recipe: recipe, kept: kept.map { (read[$0], found[$0]?.hasTruth ?? false) },
      skipped: skipped, datasets: plan.datasets, lungModelDigest: lungModelDigest
    ).report()
    return LoadedSamples(
      train: train, validation: set(.validation), test: set(.test), report: report)
  }

  /// The candidates that could be read, with their pictures; the others are counted.
  private func read(
    _ plan: SourcePlan, _ outcomes: [SamplePreparation.Outcome?], _ skipped: inout [Int: SkipCounts]
  ) -> ([ReadCandidate], [PreparedPicture?]) {
    var read: [ReadCandidate] = []
    var found: [PreparedPicture?] = []
    for (candidate, outcome) in zip(plan.candidates, outcomes) {
      guard let outcome else {
        skipped[candidate.source, default: [:]].add(.unreadable)
        continue
      }
      read.append(
        ReadCandidate(
          candidate: candidate, facts: facts(candidate, outcome.made), pixels: outcome.pixels))
      found.append(outcome.picture)
    }
    return (read, found)
  }

  func rules(of source: Int) -> DatasetRules { recipe.sources[source].rules ?? rules }

  private func facts(_ candidate: Candidate, _ made: PreparedRecord.Made?) -> SampleFacts {
    let item = candidate.dataset.items[candidate.item]
    let count = recipe.labels.count + recipe.auxiliary.count
    let known = (made?.labels ?? item.labels).prefix(count)
    let rule = recipe.uncertain ?? .ignore
    return SampleFacts(
      labels: known.map(rule.resolve) + [Float?](repeating: nil, count: count - known.count),
      patient: made?.patient ?? item.patient, source: candidate.source,
      origin: made?.origin ?? item.origin, row: item.row)
  }

  private func checkClasses(_ train: SampleSet) throws {
    guard recipe.task == .classification else { return }
    let classes = recipe.labels.indices.map { label in
      Set(train.facts.compactMap { $0.labels[label] })
    }
    guard classes.contains(where: { $0.count != 1 }) else { throw TrainingError(.oneClassOnly) }
  }
}

extension Recipe {
  /// What rows of a list must give for this recipe.
  package func needs(tomograph: Bool) -> FilmSource.Needs {
    var needs = FilmSource.Needs(
      drawnLungs: task == .segmentation, anyLabel: labels.count > 1, hounsfield: tomograph,
      lungs: task == .classification && preparation.needsLungs)
    needs.slicePictures = slicePictures
    return needs
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
