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

  /// - Parameters:
  ///   - names: columns of a list, one label each; phantoms know the first alone.
  ///   - needsLungMask: only rows with a mask file, which is then the lungs.
  /// Throws `TrainingError` for lists that cannot be used. A picture source without a corpus is
  /// empty.
  package init(
    _ source: Recipe.Source, names: [String], corpusRoot: String?, needsLungMask: Bool = false
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
      guard let corpusRoot else {
        (count, make) = (0, { _ in throw TrainingError(.noSamples) })
        return
      }
      let list = try PictureList(path: corpusRoot + "/" + (source.list ?? ""))
      try list.checkPatients()
      let rows = list.rows.filter { row in
        source.takes(row)
          && (needsLungMask ? row.maskFile != nil : row.label(names.first ?? "") != nil)
      }
      count = rows.count
      make = { try Self.picture(rows[$0], list.folder, names, maskIsLung: needsLungMask) }
    }
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
    _ row: PictureRow, _ folder: String, _ names: [String], maskIsLung: Bool
  ) throws -> Film {
    guard let image = try? read(folder + "/" + row.file).image else {
      throw TrainingError(.pictureUnreadable, index: row.line)
    }
    var mask: Mask?
    if let file = row.maskFile {
      guard let drawn = try? read(folder + "/" + file).mask else {
        throw TrainingError(.pictureUnreadable, index: row.line)
      }
      mask = drawn.resized(width: image.width, height: image.height)
    }
    return Film(
      image: image, truth: nil, lungs: mask, leftLung: nil, rightLung: nil,
      labels: names.map { row.label($0).map(Float.init) }, patient: row.patient,
      origin: row.source ?? "")
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
