import Imaging
import Networks

/// A picture before preparation, with all that is known about it.
package struct Film: Sendable {
  /// Density 0...1 for radiographs, Hounsfield units for CT slices.
  package let image: Image
  /// By label, where it lies: empty for negatives, nil when nobody drew it. Masks of one film may
  /// overlap. May be shorter than the labels: the rest is not drawn.
  package let truths: [Mask?]
  /// The lungs, where drawn or known.
  package let lungs: Mask?
  package let leftLung: Mask?
  package let rightLung: Mask?
  /// By label and then auxiliary label; nil when unknown.
  package let labels: [Float?]
  package let patient: String
  package let origin: String
  /// Of the image's pixels; nil where it is not known.
  package var spacing: PixelSpacing?
}

extension Film {
  /// Of the first label.
  package var truth: Mask? { truths.first ?? nil }

  /// nil where nobody drew the label.
  func truth(of label: Int) -> Mask? { truths.indices.contains(label) ? truths[label] : nil }

  /// With the truth of the first label alone.
  package init(
    image: Image, truth: Mask?, lungs: Mask?, leftLung: Mask?, rightLung: Mask?, labels: [Float?],
    patient: String, origin: String
  ) {
    self.init(
      image: image, truths: [truth], lungs: lungs, leftLung: leftLung, rightLung: rightLung,
      labels: labels, patient: patient, origin: origin)
  }

  /// Without drawn lungs.
  package init(
    image: Image, truth: Mask?, labels: [Float?], patient: String, origin: String = ""
  ) {
    self.init(
      image: image, truth: truth, lungs: nil, leftLung: nil, rightLung: nil, labels: labels,
      patient: patient, origin: origin)
  }
}

/// The films of one source of a recipe, made or read one at a time.
package struct FilmSource: Sendable {
  package let dataset: any Dataset
  /// Which items of the data set the source takes.
  package let indices: [Int]
  /// What the data set and the source leave out.
  package let skipped: SkipCounts

  package var count: Int { indices.count }

  package func film(_ index: Int) throws -> Film { try dataset.film(indices[index]) }

  /// What a list must give.
  package struct Needs: Sendable {
    /// Only rows with drawn lungs, whatever their labels.
    package var drawnLungs = false
    /// Rows that know any of the labels, not the first alone.
    package var anyLabel = false
    /// Pictures are CT slices of 16 bits, stored value = HU + 1024.
    package var hounsfield = false
    /// How those of 8 bits are read; nil refuses them.
    package var slicePictures: SlicePictures?
    /// Of CT slices the lungs must be drawn: they cannot be found in one slice.
    package var lungs = false
    /// Masks of another size than their picture are refused instead of being resized.
    package var exactMasks = false

    package init(
      drawnLungs: Bool = false, anyLabel: Bool = false, hounsfield: Bool = false,
      lungs: Bool = false
    ) {
      self.drawnLungs = drawnLungs
      self.anyLabel = anyLabel
      self.hounsfield = hounsfield
      self.lungs = lungs
    }
  }

  /// - Parameters:
  ///   - names: columns of a list or findings of phantoms, one label each.
  ///   - number: index of the source in its recipe, for errors.
  ///   - concepts: the labels with their codes, for outlines.
  ///   - data: the data set that the command line gave, for sources of kind `data`.
  /// Throws `TrainingError`: `noSamples` for pictures without a corpus and data without a data set,
  /// others for lists that cannot be used.
  package init(
    _ source: Recipe.Source, names: [String], corpusRoot: String?, needs: Needs = Needs(),
    number: Int? = nil, data: (any Dataset)? = nil, concepts: [ModelDescription.Label] = []
  ) throws {
    switch source.kind {
    case .radiographPhantoms, .tomographPhantoms:
      let phantoms = PhantomDataset(source, names: names)
      self.init(phantoms, indices: Array(phantoms.items.indices))
    case .pictures:
      guard let corpusRoot else { throw TrainingError(.noSamples, index: number) }
      let list = try PictureList(path: corpusRoot + "/" + (source.list ?? ""))
      try list.checkPatients()
      let set = PictureDataset(list, names: names, needs: needs, takes: source.takes)
      self.init(set, indices: Array(set.items.indices))
    case .data:
      let set =
        try data
        ?? source.open(
          names: names, concepts: concepts, corpusRoot: corpusRoot, needs: needs, number: number)
      self.init(set, split: source.split, needs: needs)
    }
  }

  private init(_ dataset: any Dataset, indices: [Int]) {
    (self.dataset, self.indices, skipped) = (dataset, indices, dataset.skipped)
  }

  /// The items of one split whose first label, or any that counts, is known.
  private init(_ dataset: any Dataset, split: String?, needs: Needs) {
    var skipped = dataset.skipped
    indices = dataset.items.indices.filter { index in
      let item = dataset.items[index]
      let said = needs.anyLabel ? item.labels : Array(item.labels.prefix(1))
      guard needs.drawnLungs || said.contains(where: { $0 != nil }) else {
        skipped.add(.labelUnknown)
        return false
      }
      guard let split else { return true }
      guard let own = item.split else {
        skipped.add(.noSplit)
        return false
      }
      let takes = DatasetSplit.isSame(own, split)
      if !takes { skipped.add(.notAskedFor) }
      return takes
    }
    self.dataset = dataset
    self.skipped = skipped
  }

  /// Chosen rows of a list.
  ///
  /// - Parameter names: columns of labels, the first of which every row must know.
  init(_ rows: [PictureRow], of list: PictureList, names: [String], needs: Needs) {
    let set = PictureDataset(list, rows, names, needs, [:])
    self.init(set, indices: Array(set.items.indices))
  }
}

extension Recipe.Source {
  /// Whether a row of the list belongs to this source.
  func takes(_ row: PictureRow) -> Bool {
    if let split, row.split != split { return false }
    if let licences, !licences.contains(row.licence ?? "") { return false }
    if let prefixes, !prefixes.contains(where: row.file.hasPrefix) { return false }
    return true
  }

  /// The data set that a source of kind `data` names. Throws `noSamples` where it names none.
  func open(
    names: [String], concepts: [ModelDescription.Label], corpusRoot: String?,
    needs: FilmSource.Needs, number: Int?
  ) throws -> any Dataset {
    guard let folder, let corpusRoot else { throw TrainingError(.noSamples, index: number) }
    var request = DatasetRequest(
      path: corpusRoot + "/" + folder, list: list.map { corpusRoot + "/" + $0 }, kind: dataset,
      names: names, rules: rules ?? DatasetRules())
    request.needs = needs
    request.concepts = concepts
    return try DatasetReader.open(request)
  }
}
