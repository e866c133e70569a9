import DICOM
import Imaging
import Lungs
import Networks
import Tensors

/// The items that a recipe's sources take, and those of the same data sets that are held out.
struct SourcePlan {
  private(set) var candidates: [Candidate] = []
  private(set) var skipped: [Int: SkipCounts] = [:]
  private(set) var datasets: [Int: any Dataset] = [:]

  /// Opens every source; data sets that several sources share are opened once. Throws as
  /// `FilmSource`.
  init(_ loader: SampleLoader) throws {
    let recipe = loader.recipe
    let names = recipe.labels.map(\.name) + recipe.auxiliary
    var opened: [Place: any Dataset] = [:]
    var taken: [Place: (source: Int, items: Set<Int>)] = [:]
    for (index, source) in recipe.sources.enumerated() where !loader.leavesOut(source) {
      var data: (any Dataset)?
      let place = Place(folder: source.folder, list: source.list)
      if source.kind == .data {
        data =
          try opened[place] ?? (source.folder == nil ? loader.data : nil)
          ?? source.open(
            names: names, concepts: recipe.labels, corpusRoot: loader.corpusRoot,
            needs: loader.needs(source), number: index)
        opened[place] = data
      }
      let films = try FilmSource(
        source, names: names, corpusRoot: loader.corpusRoot,
        needs: loader.needs(source), number: index, data: data)
      datasets[index] = films.dataset
      skipped[index] = films.skipped
      candidates += films.indices.map {
        Candidate(source: index, use: source.use, dataset: films.dataset, item: $0)
      }
      if data != nil {
        taken[place, default: (index, [])].items.formUnion(films.indices)
      }
    }
    for (place, used) in taken.sorted(by: { $0.value.source < $1.value.source }) {
      guard let set = opened[place] else { continue }
      let other = set.items.indices.filter {
        !used.items.contains($0) && set.items[$0].split != nil
      }
      candidates += other.map {
        Candidate(source: used.source, use: nil, dataset: set, item: $0)
      }
    }
  }

  /// Where a data set lies.
  private struct Place: Hashable {
    let folder: String?
    let list: String?
  }
}

/// Decodes and prepares films in pieces of bounded size.
struct SamplePreparation: Sendable {
  let loader: SampleLoader
  let candidates: [Candidate]

  /// What came of a candidate; `picture` is nil for held-out ones that are not cached.
  struct Outcome: Sendable {
    let picture: PreparedPicture?
    let pixels: String
    let made: PreparedRecord.Made?

    init(_ picture: PreparedPicture) {
      self.picture = picture
      pixels = picture.pixels
      made = picture.made
    }

    init(heldOut pixels: String) {
      picture = nil
      self.pixels = pixels
      made = nil
    }
  }

  private static let pieceInMemory = 256

  /// In the order of the candidates, nil for those that cannot be read where the rules drop them.
  /// - Returns: nil when stopped.
  func run(_ progress: (Int, Int) -> Void, _ shouldStop: () -> Bool) throws -> [Outcome?]? {
    guard let cache = loader.cache else { return try inMemory(progress, shouldStop) }
    let part = try cache.part(
      loader.recipe.preparation, task: loader.recipe.task, lungModel: loader.lungModelDigest)
    let keys = try Items.map(candidates.count, threads: loader.threads) { index, _ in
      try guarded(candidates[index]) { one in try one.dataset.contentDigest(one.item) }
    }
    var found = try part.find(Set(keys.compactMap { $0 }), threads: loader.threads)
    var wanted: [(key: String, index: Int)] = []
    var seen = Set(found.keys)
    for (index, key) in keys.enumerated() {
      if let key, seen.insert(key).inserted { wanted.append((key, index)) }
    }
    for start in stride(from: 0, to: wanted.count, by: part.packSize) {
      if start > 0, shouldStop() { return nil }
      let piece = Array(wanted[start..<min(wanted.count, start + part.packSize)])
      let records = try Items.map(piece.count, threads: loader.threads) { index, workspace in
        try guarded(candidates[piece[index].index]) { try record($0, workspace) }
      }
      let sound = zip(piece, records).compactMap { item, record in
        record.map { (key: item.key, record: $0) }
      }
      if !sound.isEmpty {
        found.merge(try part.write(sound), uniquingKeysWith: { first, _ in first })
      }
      progress(start + piece.count, wanted.count)
    }
    return keys.map { key in key.flatMap { found[$0] }.map { Outcome(.packed($0)) } }
  }

  private func inMemory(
    _ progress: (Int, Int) -> Void, _ shouldStop: () -> Bool
  ) throws -> [Outcome?]? {
    var outcomes: [Outcome?] = []
    while outcomes.count < candidates.count {
      let start = outcomes.count
      if start > 0, shouldStop() { return nil }
      let count = min(Self.pieceInMemory, candidates.count - start)
      outcomes += try Items.map(count, threads: loader.threads) { index, workspace in
        try guarded(candidates[start + index]) { one in
          guard one.use != nil else {
            return Outcome(heldOut: try one.dataset.film(one.item).pixelDigest)
          }
          return Outcome(.held(try record(one, workspace)))
        }
      }
      progress(outcomes.count, candidates.count)
    }
    return outcomes
  }

  /// nil for a film that cannot be read where the rules drop it; else `pictureUnreadable` with the
  /// row. Errors of our own pass.
  private func guarded<T>(
    _ candidate: Candidate, _ body: (Candidate) throws -> T
  ) throws -> T? {
    do {
      return try body(candidate)
    } catch {
      let ours = error as? TrainingError
      let isUnreadable =
        error is DICOMError || error is ImagingError || ours?.code == .pictureUnreadable
        || ours?.code == .annotation || ours?.code == .lungsMissing
      guard isUnreadable else { throw error }
      if loader.rules(of: candidate.source).unreadable == .drop { return nil }
      throw ours ?? TrainingError(.pictureUnreadable, index: candidate.row)
    }
  }

  private func record(
    _ candidate: Candidate, _ workspace: Workspace
  ) throws -> PreparedRecord {
    let recipe = loader.recipe
    let film = try candidate.dataset.film(candidate.item)
    let isTomograph = recipe.sources[candidate.source].isTomograph(modalities: recipe.modalities)
    var lung: Mask?
    if recipe.task == .classification {
      lung =
        isTomograph
        ? film.lungs : try loader.lungs?.segment(film.image, using: workspace).trusted
    }
    let prepared = recipe.preparation.prepare(
      film.image, lung: lung, spacing: film.spacing)
    let truths = recipe.task == .segmentation ? [film.lungs] : film.truths
    let isMade = candidate.dataset.kind == .phantoms
    return PreparedRecord(
      image: prepared, truths: truths.map { $0.map(prepared.follow) }, pixels: film.pixelDigest,
      made: isMade
        ? .init(labels: film.labels, patient: film.patient, origin: film.origin) : nil)
  }
}
