import Imaging
import Phantoms

/// A picture before preparation, with all that is known about it.
package struct Film: Sendable {
  /// Density 0...1 for radiographs, Hounsfield units for CT slices.
  package let image: Image
  /// The lesion; empty for negatives; nil when nobody drew it.
  package let truth: Mask?
  /// The lungs, where drawn or known.
  package let lungs: Mask?
  package let leftLung: Mask?
  package let rightLung: Mask?
  /// By label and then auxiliary label; nil when unknown.
  package let labels: [Float?]
  package let patient: String
  package let origin: String
}

/// The films of one source, made or read one at a time.
package struct FilmSource: Sendable {
  package let count: Int
  private let make: @Sendable (Int) throws -> Film

  package func film(_ index: Int) throws -> Film { try make(index) }

  /// What a list must give.
  package struct Needs: Sendable {
    /// Only rows with drawn lungs, whatever their labels.
    package var drawnLungs = false
    /// Pictures are CT slices of 16 bits, stored value = HU + 1024.
    package var hounsfield = false
    /// Of CT slices the lungs must be drawn: they cannot be found in one slice.
    package var lungs = false
    /// Masks of another size than their picture are refused instead of being resized.
    package var exactMasks = false

    package init(drawnLungs: Bool = false, hounsfield: Bool = false, lungs: Bool = false) {
      self.drawnLungs = drawnLungs
      self.hounsfield = hounsfield
      self.lungs = lungs
    }
  }

  /// - Parameters:
  ///   - names: columns of a list, one label each; phantoms know the first alone.
  ///   - number: index of the source in its recipe, for errors.
  /// Throws `TrainingError`: `noSamples` for pictures without a corpus, others for lists that
  /// cannot be used.
  package init(
    _ source: Recipe.Source, names: [String], corpusRoot: String?, needs: Needs = Needs(),
    number: Int? = nil
  ) throws {
    let seed = source.seed ?? 0
    let first = source.first ?? 0
    let size = source.size ?? 256
    switch source.kind {
    case .radiographPhantoms:
      count = source.count ?? 0
      make = { Self.radiograph(seed, first + $0, size) }
    case .tomographPhantoms:
      count = source.count ?? 0
      let slices = source.slices
      make = { Self.tomograph(seed, first + $0, size, slices: slices) }
    case .pictures:
      guard let corpusRoot else { throw TrainingError(.noSamples, index: number) }
      let list = try PictureList(path: corpusRoot + "/" + (source.list ?? ""))
      try list.checkPatients()
      let rows = list.rows.filter { row in
        source.takes(row)
          && (needs.drawnLungs ? row.lungMaskFile != nil : row.label(names.first ?? "") != nil)
      }
      count = rows.count
      make = { try Self.picture(rows[$0], of: list, names, needs) }
    }
  }

  /// Chosen rows of a list.
  ///
  /// - Parameter names: columns of labels, the first of which every row must know.
  init(_ rows: [PictureRow], of list: PictureList, names: [String], needs: Needs) {
    count = rows.count
    make = { try Self.picture(rows[$0], of: list, names, needs) }
  }

  private static func radiograph(_ seed: UInt64, _ index: Int, _ size: Int) -> Film {
    let phantom = RadiographPhantom(seed: seed, index: index, size: size)
    return Film(
      image: phantom.image, truth: phantom.truth, lungs: phantom.lungs,
      leftLung: phantom.leftLung, rightLung: phantom.rightLung,
      labels: [phantom.hasPneumothorax ? 1 : 0], patient: "phantom-\(seed)-\(phantom.patient)",
      origin: "phantom")
  }

  /// With `slices`, each picture is one slice of a patient's series of so many: any slice for odd
  /// patients, one of the middle half, where the lesions are, for even ones.
  private static func tomograph(
    _ seed: UInt64, _ index: Int, _ size: Int, slices: Int?
  ) -> Film {
    let phantom =
      slices.map { slices in
        let half = max(1, slices / 2)
        let slice = index % 2 == 0 ? slices / 4 + index / 2 % half : index / 2 % slices
        return CTPhantom(seed: seed, series: index, slice: slice, of: slices, size: size)
      } ?? CTPhantom(seed: seed, slice: index, size: size)
    let truth = phantom.truth.slice(0)
    return Film(
      image: phantom.volume.slice(0), truth: truth, lungs: phantom.lungs.slice(0),
      leftLung: phantom.leftLung.slice(0), rightLung: phantom.rightLung.slice(0),
      labels: [truth.isEmpty ? 0 : 1], patient: "phantom-\(seed)-\(phantom.patient)",
      origin: "phantom")
  }

  private static func picture(
    _ row: PictureRow, of list: PictureList, _ names: [String], _ needs: Needs
  ) throws -> Film {
    guard let stored = try? read(list.folder + "/" + row.file) else {
      throw TrainingError(.pictureUnreadable, index: row.line, column: "file")
    }
    guard !needs.hounsfield || stored.bits == 16 else {
      throw TrainingError(.pictureNotHounsfield, index: row.line)
    }
    let lungs = try mask(row.lungMaskFile, over: stored, row, list, needs)
    guard lungs != nil || !(needs.hounsfield && needs.lungs) else {
      throw TrainingError(.lungsMissing, index: row.line)
    }
    let labels = names.map { row.label($0).map(Float.init) }
    var truth = try mask(row.lesionMaskFile, over: stored, row, list, needs)
    if truth == nil, list.drawsLesions, labels.first == .some(0) {
      truth = Mask(width: stored.width, height: stored.height)
    }
    return Film(
      image: needs.hounsfield ? hounsfield(stored) : stored.image, truth: truth, lungs: lungs,
      leftLung: nil, rightLung: nil, labels: labels, patient: row.patient,
      origin: row.source ?? "")
  }

  /// A mask of the list at the size of its picture. Throws `pictureUnreadable` or `maskSize` with
  /// the line and column.
  private static func mask(
    _ file: String?, over picture: GreyPicture, _ row: PictureRow, _ list: PictureList,
    _ needs: Needs
  ) throws -> Mask? {
    guard let file else { return nil }
    let column = file == row.lesionMaskFile ? "mask" : "lung_mask"
    guard let drawn = try? read(list.folder + "/" + file).mask else {
      throw TrainingError(.pictureUnreadable, index: row.line, column: column)
    }
    guard !needs.exactMasks || (drawn.width, drawn.height) == (picture.width, picture.height)
    else { throw TrainingError(.maskSize, index: row.line, column: column) }
    return drawn.resized(width: picture.width, height: picture.height)
  }

  /// HU of stored values, as `PhantomSet` writes them.
  private static func hounsfield(_ stored: GreyPicture) -> Image {
    Image(
      width: stored.width, height: stored.height, pixels: stored.samples.map { Float($0) - 1024 })
  }

  /// A grey picture by its ending: PNG, or else JPEG.
  static func read(_ path: String) throws -> GreyPicture {
    path.lowercased().hasSuffix(".png") ? try PNG.read(path) : try JPEG.read(path)
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
}
