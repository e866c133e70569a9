import Foundation
import Imaging
import Lungs

/// LUNA16: volumes "<series>.mhd" below a folder and "annotations.csv" with the centre (x, y, z, patient
/// coordinates in mm) and diameter of each nodule of 3 mm and more that three of four readers marked; taken
/// apart into axial slices.
///
/// A slice has the label where a nodule's sphere cuts its plane, and the truth is that circle: the set has no
/// outlines. Where "annotations_excluded.csv" lies beside the list, slices that a mark of fewer readers
/// lies on are unknown and left out. "seg-lungs-LUNA16/<series>.mhd" gives the lungs (labels 3 and 4);
/// without it they are found. Each series is a patient of its own: LUNA16 does not say who is who, and of
/// its 888 series of LIDC-IDRI a few share one.
struct LUNADataset: Dataset {
  let kind = DatasetKind.luna16
  let items: [DatasetItem]
  let skipped: SkipCounts
  private let slices: [(scan: Int, slice: Int)]
  private let scans: [Scan]
  private let open = OpenVolumes()

  static let listName = "annotations.csv"
  private static let excludedName = "annotations_excluded.csv"
  private static let lungFolder = "seg-lungs-LUNA16"

  private struct Sphere: Sendable {
    let centre: Vector3
    let radius: Double

    /// The radius of the circle in a plane; nil where the plane does not cut it.
    func radius(in plane: PlaneGeometry) -> Double? {
      let off = (centre - plane.position).dot(plane.normal)
      let rest = radius * radius - off * off
      return rest > 0 ? rest.squareRoot() : nil
    }
  }

  private struct Scan: Sendable {
    let path: String
    let lungs: String?
    let nodules: [Sphere]
    let row: Int?
  }

  private static let columns = ["seriesuid", "coordX", "coordY", "coordZ", "diameter_mm"]

  /// Whether a folder, or the list given for it, looks like it.
  static func isTree(_ path: String, list: String?) -> Bool {
    guard let table = try? LabelTable(path: list ?? path + "/" + listName, rowLimit: 0) else {
      return false
    }
    return columns.allSatisfy { table.column($0) != nil }
  }

  /// Reads the lists and opens every volume once. Throws `TrainingError`: `listColumn`, `listRow` for a
  /// number that is none, `labelsWithoutFiles` by the rules, `pictureUnreadable` with the row.
  init(_ request: DatasetRequest, list: String?) throws {
    let paths = try FileTree.paths(below: request.path).filter {
      $0.lowercased().hasSuffix(".mhd")
    }
    let isLungs = { (path: String) in path.contains(Self.lungFolder + "/") }
    func name(_ path: String) -> String {
      ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    }
    let lungs = Dictionary(
      paths.filter(isLungs).map { (name($0), request.path + "/" + $0) },
      uniquingKeysWith: { first, _ in first })
    let listPath = list ?? request.path + "/" + Self.listName
    let marks = try Self.spheres(listPath, isComplete: true)
    let excludedPath = (listPath as NSString).deletingLastPathComponent + "/" + Self.excludedName
    let excluded =
      FileTree.isFile(excludedPath) ? try Self.spheres(excludedPath, isComplete: false) : [:]
    let volumes = paths.filter { !isLungs($0) }
    var skipped: SkipCounts = [:]
    let known = Set(volumes.map(name))
    try request.refuseOrCount(
      marks.filter { !known.contains($0.key) }.flatMap { $0.value.map(\.row) }.sorted(), &skipped)
    var (items, slices, scans): ([DatasetItem], [(scan: Int, slice: Int)], [Scan]) = ([], [], [])
    for path in volumes {
      let series = name(path)
      let scan = Scan(
        path: request.path + "/" + path, lungs: lungs[series],
        nodules: (marks[series] ?? []).map(\.sphere), row: marks[series]?.first?.row)
      let planes = try Self.volume(scan.path, scan.row).planes
      for (slice, plane) in planes.enumerated() {
        let isMarked = scan.nodules.contains { $0.radius(in: plane) != nil }
        let isOpen = (excluded[series] ?? []).contains { $0.sphere.radius(in: plane) != nil }
        guard isMarked || !isOpen else {
          skipped.add(.labelUnknown)
          continue
        }
        items.append(
          DatasetItem(
            id: "\(series)#\(slice)",
            patient: String(SHA256.hex(ofText: "series " + series).prefix(24)),
            labels: [isMarked ? 1 : 0] + request.names.dropFirst().map { _ in nil },
            row: scan.row))
        slices.append((scans.count, slice))
      }
      scans.append(scan)
    }
    (self.items, self.slices, self.scans, self.skipped) = (items, slices, scans, skipped)
  }

  /// By series. A mark that was excluded may lack a diameter: it then counts as one of 3 mm.
  private static func spheres(
    _ path: String, isComplete: Bool
  ) throws -> [String: [(row: Int, sphere: Sphere)]] {
    let table = try LabelTable(path: path)
    let columns = Self.columns.compactMap { table.column($0) }
    guard columns.count == Self.columns.count else { throw TrainingError(.listColumn) }
    var all: [String: [(row: Int, sphere: Sphere)]] = [:]
    for row in table.rows {
      let numbers = columns.dropFirst().map { Double(row.cells[$0]) }
      guard let x = numbers[0], let y = numbers[1], let z = numbers[2], let size = numbers[3],
        [x, y, z, size].allSatisfy(\.isFinite), size > 0 || !isComplete
      else { throw TrainingError(.listRow, index: row.number) }
      all[row.cells[columns[0]], default: []].append(
        (row.number, Sphere(centre: Vector3(x, y, z), radius: max(3, size) / 2)))
    }
    return all
  }

  private static func volume(_ path: String, _ row: Int?) throws -> VolumeFile {
    do {
      return try VolumeFile.read(path)
    } catch is ImagingError { throw TrainingError(.pictureUnreadable, index: row) }
  }

  func film(_ index: Int) throws -> Film {
    let (number, slice) = slices[index]
    let (scan, item) = (scans[number], items[index])
    let one = try open.series(number) { try Self.read(scan) }
    let plane = one.volume.planes[slice]
    var film = Film(
      image: one.volume.slice(slice),
      truths: [Self.truth(scan.nodules, one.volume, plane)],
      lungs: one.left[slice].union(one.right[slice]),
      leftLung: one.left[slice], rightLung: one.right[slice], labels: item.labels,
      patient: item.patient, origin: item.origin)
    film.spacing = plane.spacing
    return film
  }

  private static func read(_ scan: Scan) throws -> OpenVolumes.Series {
    let volume = try volume(scan.path, scan.row)
    let found = try CTLungs.segment(volume)
    guard let path = scan.lungs else {
      guard found.quality.usable else { throw TrainingError(.lungsMissing, index: scan.row) }
      return .init(volume: volume, mask: nil, left: found.left, right: found.right)
    }
    let drawn = try Self.volume(path, scan.row)
    guard drawn.columns == volume.columns, drawn.rows == volume.rows,
      drawn.planes.count == volume.planes.count
    else { throw TrainingError(.maskSize, index: scan.row) }
    var (left, right) = (
      MaskVolume(columns: volume.columns, rows: volume.rows, slices: volume.planes.count),
      MaskVolume(columns: volume.columns, rows: volume.rows, slices: volume.planes.count)
    )
    for slice in volume.planes.indices {
      // Descriptions of the set differ in which label is which side: the found lungs say so.
      let labels = drawn.slice(slice)
      let (three, four) = (Self.cells(of: labels, 3), Self.cells(of: labels, 4))
      let isSwapped =
        three.intersection(found.left[slice]).count + four.intersection(found.right[slice]).count
        < three.intersection(found.right[slice]).count
        + four.intersection(found.left[slice]).count
      (left[slice], right[slice]) = isSwapped ? (four, three) : (three, four)
    }
    return .init(volume: volume, mask: nil, left: left, right: right)
  }

  private static func cells(of labels: Image, _ label: Float) -> Mask {
    Mask(
      width: labels.width, height: labels.height, bits: labels.pixels.map { $0 == label ? 1 : 0 })
  }

  /// The pixels whose centre lies in a sphere.
  private static func truth(
    _ nodules: [Sphere], _ volume: VolumeFile, _ plane: PlaneGeometry
  ) -> Mask {
    var mask = Mask(width: volume.columns, height: volume.rows)
    for nodule in nodules {
      guard nodule.radius(in: plane) != nil else { continue }
      for cell in mask.bits.indices {
        let point = plane.patientPoint(
          column: Double(cell % volume.columns), row: Double(cell / volume.columns))
        if (point - nodule.centre).length < nodule.radius { mask.bits[cell] = 1 }
      }
    }
    return mask
  }

  func contentDigest(_ index: Int) throws -> String {
    let (number, slice) = slices[index]
    let scan = scans[number]
    let marks = scan.nodules.map { "\($0.centre.x) \($0.centre.y) \($0.centre.z) \($0.radius)" }
    let files = try [scan.path, scan.lungs].compactMap { $0 }.map { path in
      try open.digest(path, row: scan.row)
    }
    return SHA256.hex(ofText: (files + marks + ["slice \(slice)"]).joined(separator: "|"))
  }
}
