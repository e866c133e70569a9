import Imaging

/// What is known of a sample besides its picture.
package struct SampleFacts: Sendable, Hashable {
  /// One value a label: 1, 0, or nil when unknown.
  package let labels: [Float?]
  package let patient: String
  /// Index of the recipe's source that it came from.
  package let source: Int
  /// Where the picture was published or made.
  package let origin: String
  /// Row of its list.
  package let row: Int?

  package init(
    labels: [Float?], patient: String, source: Int, origin: String, row: Int? = nil
  ) {
    self.labels = labels
    self.patient = patient
    self.source = source
    self.origin = origin
    self.row = row
  }
}

/// Samples in order. The facts are in memory; a picture is copied out of the cache when its sample
/// is asked for (about the time that its bytes take to copy), or held where there is no cache.
///
/// `map` and `filter` make every picture at once: ask `facts` where they are enough, and take a
/// part by `selecting`.
package struct SampleSet: RandomAccessCollection, Sendable {
  private enum Picture: Sendable {
    case held(TrainingSample)
    case packed(PackedRecord)
  }

  package let facts: [SampleFacts]
  private let pictures: [Picture]
  /// What a stage of training learns instead of the truth of the data, by place.
  private var targets: [Int: Target] = [:]

  private enum Target: Sendable {
    case truths([PackedMask?])
    case seeds([UInt8])
  }

  /// Samples that are held in memory.
  package init(_ samples: [TrainingSample] = []) {
    facts = samples.map {
      SampleFacts(
        labels: $0.labels, patient: $0.patient, source: $0.source, origin: $0.origin)
    }
    pictures = samples.map(Picture.held)
  }

  init(_ items: [(facts: SampleFacts, picture: PreparedPicture)]) {
    facts = items.map(\.facts)
    pictures = items.map { item in
      switch item.picture {
      case .packed(let record): .packed(record)
      case .held(let record): .held(Self.sample(record, item.facts))
      }
    }
  }

  private init(_ facts: [SampleFacts], _ pictures: [Picture]) {
    (self.facts, self.pictures) = (facts, pictures)
  }

  package var startIndex: Int { 0 }
  package var endIndex: Int { pictures.count }

  package subscript(index: Int) -> TrainingSample {
    var sample =
      switch pictures[index] {
      case .held(let sample): sample
      case .packed(let packed): Self.sample(packed.record(), facts[index])
      }
    switch targets[index] {
    case .truths(let masks): sample.truths = masks.map { $0?.mask }
    case .seeds(let seeds): sample.seeds = seeds
    case nil: break
    }
    return sample
  }

  /// Whether the lungs of a sample are known; its picture is not copied for that.
  func hasLung(_ index: Int) -> Bool {
    switch pictures[index] {
    case .held(let sample): sample.image.lung != nil
    case .packed(let packed): packed.entry.hasLung
    }
  }

  /// With these masks, of the input's size and in the order of the samples, for the truth.
  func learning(truth: [Mask]) -> SampleSet {
    learning(truths: truth.map { [PackedMask($0)] })
  }

  /// With these masks, one a label, for the truth; in the order of the samples.
  func learning(truths: [[PackedMask?]]) -> SampleSet {
    precondition(truths.count == count)
    var set = self
    for (index, masks) in truths.enumerated() { set.targets[index] = .truths(masks) }
    return set
  }

  /// With these seeds, of the input's size and in the order of the samples.
  func learning(seeds: [[UInt8]]) -> SampleSet {
    precondition(seeds.count == count)
    var set = self
    for (index, seeds) in seeds.enumerated() { set.targets[index] = .seeds(seeds) }
    return set
  }

  /// The samples at these places, in this order.
  package func selecting(_ indices: [Int]) -> SampleSet {
    SampleSet(indices.map { facts[$0] }, indices.map { pictures[$0] })
  }

  private static func sample(_ record: PreparedRecord, _ facts: SampleFacts) -> TrainingSample {
    TrainingSample(
      image: record.image, labels: facts.labels, truths: record.truths, patient: facts.patient,
      source: facts.source, origin: facts.origin)
  }
}

/// A prepared picture, in memory or in the cache.
enum PreparedPicture: Sendable {
  case held(PreparedRecord)
  case packed(PackedRecord)

  var pixels: String {
    switch self {
    case .held(let record): record.pixels
    case .packed(let packed): packed.entry.pixels
    }
  }

  var made: PreparedRecord.Made? {
    switch self {
    case .held(let record): record.made
    case .packed(let packed): packed.entry.made
    }
  }
}

extension PreparedPicture {
  var hasTruth: Bool {
    switch self {
    case .held(let record): record.truths.contains { $0 != nil }
    case .packed(let packed): packed.entry.truths.contains(true)
    }
  }
}
