import Foundation
import Imaging
import Lungs

/// CT volumes (NIfTI, MetaImage) and a list of them, taken apart into axial slices.
///
/// Columns: `file`; where present `mask` (voxels above 0 are the first label), `lung_mask` (voxels above 0 are
/// lung), `split`, `patient_id` or `patient`, and one column a label for whole volumes. With a mask a slice has the
/// first label where the mask has a voxel in it. Without, a volume that does not have the label gives slices without it; of
/// one that has it the slices are unknown, and left out.
struct VolumeDataset: Dataset {
  let kind = DatasetKind.volumes
  let items: [DatasetItem]
  let skipped: SkipCounts
  private let slices: [(row: Int, slice: Int)]
  private let rows: [PictureRow]
  private let folder: String
  private let needs: FilmSource.Needs
  private let open = OpenVolumes()

  /// By the ending of a file's name.
  static func isVolume(_ file: String) -> Bool {
    [".nii", ".nii.gz", ".mhd", ".mha"].contains(where: file.lowercased().hasSuffix)
  }

  /// Opens every volume once. Throws `TrainingError`: `pictureUnreadable` with the row and the column of
  /// a file that is no volume, `maskSize` for a mask on another grid, `labelsWithoutFiles` by the rules.
  init(_ request: DatasetRequest, list path: String) throws {
    let list = try PictureList(path: path)
    var skipped: SkipCounts = [:]
    let there = { (row: PictureRow) in FileTree.isFile(list.folder + "/" + row.file) }
    try request.refuseOrCount(list.rows.filter { !there($0) }.map(\.line), &skipped)
    let rows = list.rows.filter(there)
    var items: [DatasetItem] = []
    var slices: [(row: Int, slice: Int)] = []
    for (number, row) in rows.enumerated() {
      let volume = try Self.volume(row.file, "file", row, list.folder)
      let mask = try row.lesionMaskFile.map { try Self.volume($0, "mask", row, list.folder) }
      if let mask { try Self.check(mask, volume, "mask", row) }
      for slice in 0..<volume.slices {
        var labels = request.names.map { row.label($0).map(Float.init) }
        if labels.isEmpty { labels = [nil] }
        if let mask {
          labels[0] = mask.slice(slice).pixels.contains { $0 > 0.5 } ? 1 : 0
        } else {
          labels = labels.map { $0 == 1 ? nil : $0 }
        }
        guard labels.contains(where: { $0 != nil }) else {
          skipped.add(.labelUnknown)
          continue
        }
        items.append(
          DatasetItem(
            id: "\(row.file)#\(slice)", patient: row.patient, split: row.split, labels: labels,
            origin: row.source ?? "", row: row.line))
        slices.append((number, slice))
      }
    }
    self.items = items
    self.slices = slices
    self.skipped = skipped
    (self.rows, folder, needs) = (rows, list.folder, request.needs)
  }

  private static func volume(
    _ file: String, _ column: String, _ row: PictureRow, _ folder: String
  ) throws -> VolumeFile {
    do {
      return try VolumeFile.read(folder + "/" + file)
    } catch is ImagingError {
      throw TrainingError(.pictureUnreadable, index: row.line, column: column)
    }
  }

  private static func check(
    _ mask: VolumeFile, _ volume: VolumeFile, _ column: String, _ row: PictureRow
  ) throws {
    let near = zip(mask.planes, volume.planes).allSatisfy {
      ($0.position - $1.position).length < 1 && $0.normal.dot($1.normal) > 0.999
    }
    guard mask.columns == volume.columns, mask.rows == volume.rows,
      mask.slices == volume.slices, near
    else { throw TrainingError(.maskSize, index: row.line, column: column) }
  }

  func film(_ index: Int) throws -> Film {
    let (number, slice) = slices[index]
    let row = rows[number]
    let series = try open.series(number) { try read(row) }
    let image = series.volume.slice(slice)
    let item = items[index]
    let drawn = series.mask.map { Mask($0.slice(slice), atLeast: 0.5) }
    let truths: [Mask?] = [
      drawn
        ?? (item.labels.first == .some(0) ? Mask(width: image.width, height: image.height) : nil)
    ]
    var film = Film(
      image: image, truths: truths, lungs: series.left.union(series.right)[slice],
      leftLung: series.left[slice], rightLung: series.right[slice], labels: item.labels,
      patient: item.patient, origin: item.origin)
    film.spacing = series.volume.planes[slice].spacing
    return film
  }

  private func read(_ row: PictureRow) throws -> OpenVolumes.Series {
    let volume = try Self.volume(row.file, "file", row, folder)
    let middle = volume.slice(volume.slices / 2).pixels
    // Some published sets are windows of 8 bits.
    guard (middle.min() ?? 0) < -500, abs(volume.planes[0].normal.z) > 0.8 else {
      throw TrainingError(.pictureNotHounsfield, index: row.line)
    }
    let mask = try row.lesionMaskFile.map { try Self.volume($0, "mask", row, folder) }
    let found = try CTLungs.segment(volume)
    guard let file = row.lungMaskFile else {
      guard found.quality.usable || !needs.lungs else {
        throw TrainingError(.lungsMissing, index: row.line)
      }
      return .init(volume: volume, mask: mask, left: found.left, right: found.right)
    }
    let drawn = try Self.volume(file, "lung_mask", row, folder)
    try Self.check(drawn, volume, "lung_mask", row)
    var (left, right) = (found.left, found.right)
    for slice in 0..<volume.slices {
      // Sides are those of the lungs that were found; what they miss goes by the middle of the picture.
      let whole = Mask(drawn.slice(slice), atLeast: 0.5)
      let plane = volume.planes[slice]
      let middle = plane.patientPoint(
        column: Double(volume.columns - 1) / 2, row: Double(volume.rows - 1) / 2
      ).x
      var (onLeft, onRight) = (left[slice].intersection(whole), right[slice].intersection(whole))
      let rest = whole.subtracting(onLeft).subtracting(onRight)
      for at in rest.bits.indices where rest.bits[at] != 0 {
        let x = plane.patientPoint(
          column: Double(at % volume.columns), row: Double(at / volume.columns)
        ).x
        if x > middle { onLeft.bits[at] = 1 } else { onRight.bits[at] = 1 }
      }
      (left[slice], right[slice]) = (onLeft, onRight)
    }
    return .init(volume: volume, mask: mask, left: left, right: right)
  }

  func contentDigest(_ index: Int) throws -> String {
    let (number, slice) = slices[index]
    let row = rows[number]
    var parts = ["volume slice \(slice) labels \(items[index].labels)"]
    for file in [row.file, row.lesionMaskFile ?? "", row.lungMaskFile ?? ""] {
      parts.append(try file.isEmpty ? "none" : open.digest(folder + "/" + file, row: row.line))
    }
    return SHA256.hex(ofText: parts.joined(separator: "|"))
  }
}
