import DICOM
import Foundation
import Imaging
import Networks

/// Picture files and a list of them; radiographs of 8 or 16 bits or as DICOM films, or CT slices
/// of 16, and of 8 where it is said how those are read.
struct PictureDataset: Dataset {
  let kind = DatasetKind.pictures
  let items: [DatasetItem]
  private(set) var skipped: SkipCounts
  private let list: PictureList
  private let rows: [PictureRow]
  private let names: [String]
  private let needs: FilmSource.Needs

  /// The rows that are taken and that say something of the first label, or give drawn lungs where
  /// those are needed. Files are looked for when they are read.
  init(
    _ list: PictureList, names: [String], needs: FilmSource.Needs,
    takes: (PictureRow) -> Bool = { _ in true }
  ) {
    let taken = list.rows.filter(takes)
    let rows = taken.filter {
      needs.drawnLungs
        ? $0.lungMaskFile != nil : $0.knows(needs.anyLabel ? names : [names.first ?? ""])
    }
    var skipped: SkipCounts = [:]
    skipped.add(.notAskedFor, list.rows.count - taken.count)
    skipped.add(needs.drawnLungs ? .noDrawnLungs : .labelUnknown, taken.count - rows.count)
    self.init(list, rows, names, needs, skipped)
  }

  init(
    _ list: PictureList, _ rows: [PictureRow], _ names: [String], _ needs: FilmSource.Needs,
    _ skipped: SkipCounts
  ) {
    (self.list, self.rows, self.names, self.needs) = (list, rows, names, needs)
    self.skipped = skipped
    items = rows.map { row in
      DatasetItem(
        id: row.file, patient: row.patient, split: row.split,
        labels: names.map { row.label($0).map(Float.init) }, origin: row.source ?? "",
        row: row.line)
    }
  }

  /// All of a list. Throws `TrainingError`: `labelsWithoutFiles` with the rows by the rules,
  /// `listColumn` when no row says anything of the first label.
  init(_ request: DatasetRequest, list path: String) throws {
    let list = try PictureList(path: path)
    let all = PictureDataset(list, names: request.names, needs: request.needs)
    guard !all.rows.isEmpty else { throw TrainingError(.listColumn) }
    var skipped = all.skipped
    let found = Set(all.rows.map(\.file).filter { FileTree.isFile(list.folder + "/" + $0) })
    try request.refuseOrCount(
      all.rows.filter { !found.contains($0.file) }.map(\.line), &skipped)
    let named = Set(
      list.rows.flatMap { row in
        [row.file, row.lesionMaskFile, row.lungMaskFile].compactMap { $0 }
          + request.names.compactMap(row.maskFile)
      })
    let pictures = try FileTree.paths(below: list.folder).filter(Self.isPicture)
    skipped.add(.fileWithoutLabel, pictures.count { !named.contains($0) })
    self.init(
      list, all.rows.filter { found.contains($0.file) }, request.names, request.needs, skipped)
  }

  private static func isPicture(_ path: String) -> Bool {
    [".png", ".jpg", ".jpeg"].contains(where: path.lowercased().hasSuffix)
  }

  func film(_ index: Int) throws -> Film {
    let row = rows[index]
    let (picture, shown) = try self.picture(row)
    let lungs = try mask(row.lungMaskFile, over: picture, row) ?? shown
    guard lungs != nil || !(needs.hounsfield && needs.lungs) else {
      throw TrainingError(.lungsMissing, index: row.line)
    }
    let item = items[index]
    let truths = try names.indices.map { label in
      try mask(maskFile(row, label), over: picture, row)
        ?? (isKnownEmpty(index, label) ? Mask(width: picture.width, height: picture.height) : nil)
    }
    return Film(
      image: picture, truths: truths, lungs: lungs, leftLung: nil, rightLung: nil,
      labels: item.labels, patient: item.patient,
      origin: item.origin)
  }

  func contentDigest(_ index: Int) throws -> String {
    let row = rows[index]
    let empty = names.indices.map { isKnownEmpty(index, $0) }
    var parts = ["hounsfield \(needs.hounsfield) empty \(empty)"]
    if let rule = needs.slicePictures {
      parts.append("slices \(rule.low) \(rule.high) \(rule.showsLungsAlone)")
    }
    let masks = names.indices.map { maskFile(row, $0) ?? "" }
    for file in [row.file] + masks + [row.lungMaskFile ?? ""] {
      guard !file.isEmpty else {
        parts.append("none")
        continue
      }
      guard let digest = SHA256.ofFile(list.folder + "/" + file) else {
        throw TrainingError(.pictureUnreadable, index: row.line)
      }
      parts.append(digest.sha256)
    }
    return SHA256.hex(ofText: parts.joined(separator: "|"))
  }

  /// The file that a row names for the truth of a label: in the column of that label, or for the
  /// first label in the column of lesions.
  private func maskFile(_ row: PictureRow, _ label: Int) -> String? {
    row.maskFile(names[label]) ?? (label == 0 ? row.lesionMaskFile : nil)
  }

  /// A negative of a list that draws lesions has an empty one; of several labels, only on a picture
  /// that somebody has drawn on: the others are known by their labels alone.
  private func isKnownEmpty(_ index: Int, _ label: Int) -> Bool {
    let isDrawn = list.columns.contains(PictureList.maskColumn(names[label]))
    guard isDrawn || (label == 0 && list.drawsLesions), items[index].labels[label] == .some(0)
    else { return false }
    return names.count == 1 || names.indices.contains { maskFile(rows[index], $0) != nil }
  }

  /// Density or Hounsfield units of a row's file, and its lungs where it shows nothing else; a file
  /// that ends in `.dcm` is a DICOM film.
  private func picture(_ row: PictureRow) throws -> (image: Image, lungs: Mask?) {
    let path = list.folder + "/" + row.file
    let isDICOM = row.file.lowercased().hasSuffix(".dcm")
    guard !isDICOM else {
      guard !needs.hounsfield else { throw TrainingError(.pictureNotHounsfield, index: row.line) }
      let reader = DCMTKReader()
      guard let film = try? reader.read(path: path), film.kind == .radiograph,
        film.numberOfFrames == 1, let density = try? reader.density(of: film)
      else { throw TrainingError(.pictureUnreadable, index: row.line, column: "file") }
      return (density, nil)
    }
    guard let stored = try? GreyPicture.read(path) else {
      throw TrainingError(.pictureUnreadable, index: row.line, column: "file")
    }
    guard needs.hounsfield else { return (stored.image, nil) }
    if stored.bits == 16 { return (Self.hounsfield(stored), nil) }
    guard stored.bits == 8, let rule = needs.slicePictures else {
      throw TrainingError(.pictureNotHounsfield, index: row.line)
    }
    return (rule.image(stored), rule.lungs(stored))
  }

  /// A mask of the list at the size of its picture. Throws `pictureUnreadable` or `maskSize` with
  /// the line and column.
  private func mask(
    _ file: String?, over picture: Image, _ row: PictureRow
  ) throws -> Mask? {
    guard let file else { return nil }
    let own = names.first { row.maskFile($0) == file }.map(PictureList.maskColumn)
    let column = own ?? (file == row.lesionMaskFile ? "mask" : "lung_mask")
    guard let drawn = try? GreyPicture.read(list.folder + "/" + file).mask else {
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
}

extension SlicePictures {
  /// HU of stored values of 8 bits.
  fileprivate func image(_ stored: GreyPicture) -> Image {
    let step = (high - low) / 255
    return Image(
      width: stored.width, height: stored.height,
      pixels: stored.samples.map { Float(low + step * Double($0)) })
  }

  fileprivate func lungs(_ stored: GreyPicture) -> Mask? {
    guard showsLungsAlone else { return nil }
    return Mask(
      width: stored.width, height: stored.height, bits: stored.samples.map { $0 > 0 ? 1 : 0 })
  }
}

extension GreyPicture {
  /// A grey picture by its ending: PNG, or else JPEG.
  static func read(_ path: String) throws -> GreyPicture {
    path.lowercased().hasSuffix(".png") ? try PNG.read(path) : try JPEG.read(path)
  }
}
