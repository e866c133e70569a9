import DICOM
import Foundation
import Imaging
import Lungs

/// LIDC-IDRI: a tree of DICOM files with one XML file a CT series in which one to four readers marked
/// nodules; taken apart into axial slices.
///
/// A slice has the label where the outlines of two readers overlap, and has not where no reader marked a
/// nodule of any size (Feng et al. 2017, section 3.1); what lies between is unknown and left out. The truth
/// of the former follows the rules' consensus. Readings of radiographs are counted and passed over.
struct LIDCDataset: Dataset {
  let kind = DatasetKind.lidc
  let items: [DatasetItem]
  let skipped: SkipCounts
  /// By item.
  private let slices: [(series: Int, slice: Int)]
  private let series: [Series]
  private let reader: DCMTKReader
  private let consensus: ReaderConsensus
  private let lungs = RecentReads<(left: MaskVolume, right: MaskVolume)>()

  private struct Series: Sendable {
    let instances: [Instance]
    let width: Int
    let height: Int
    /// By slice of the stack and then by reader, the regions of outlined nodules.
    let regions: [[[LIDCDocument.Region]]]
    /// SHA-256 over the files, images and readings.
    let digest: String
  }

  /// Whether a folder holds readings, at any depth.
  static func isTree(_ path: String) -> Bool {
    let paths = (try? FileTree.paths(below: path)) ?? []
    return paths.contains { name in
      guard name.lowercased().hasSuffix(".xml") else { return false }
      if case .readings? = try? LIDCDocument.read(path + "/" + name) { return true }
      return false
    }
  }

  /// Reads every header and every XML file once.
  ///
  /// Throws `TrainingError`: `annotation` with the number of the XML file in the order of paths, from 0,
  /// for one that cannot be used; `labelsWithoutFiles` with those numbers for readings of series or slices
  /// that are not there, by the rules. `DICOMError` for a series that is no stack, by the rule for
  /// unreadable files.
  init(_ request: DatasetRequest, reader: DCMTKReader) throws {
    let tree = try DICOMTree(
      folder: request.path, reader: reader, threads: request.threads, takes: .slices)
    var skipped = tree.skipped
    var bySeries: [String: [Instance]] = [:]
    for entry in tree.entries {
      if let reason = entry.reason {
        skipped.add(reason)
      } else {
        bySeries[entry.instance.seriesInstanceUID.value, default: []].append(entry.instance)
      }
    }
    consensus = request.rules.consensus ?? .staple
    self.reader = reader
    var (items, slices, series): ([DatasetItem], [(series: Int, slice: Int)], [Series]) = (
      [], [], []
    )
    var missing: [Int] = []
    let paths = try FileTree.paths(below: request.path).filter {
      $0.lowercased().hasSuffix(".xml")
    }
    for (number, path) in paths.enumerated() {
      let full = request.path + "/" + path
      let document: LIDCDocument
      switch try Self.read(full, number) {
      case .other:
        skipped.add(.otherAnnotation)
        continue
      case .readings(let own): document = own
      }
      guard let instances = bySeries.removeValue(forKey: document.seriesInstanceUID) else {
        missing.append(number)
        continue
      }
      let one: Series
      do {
        let made = try Self.series(instances, document, xml: full, number, reader)
        one = made.series
        try request.refuseOrCount([Int](repeating: number, count: made.strays), &skipped)
      } catch is DICOMError where request.rules.unreadable == .drop {
        skipped.add(.unreadable, instances.count)
        continue
      }
      let patient = instances[0].patientDigest
      for slice in one.regions.indices {
        guard let label = Self.label(one, document, slice) else {
          skipped.add(.labelUnknown)
          continue
        }
        items.append(
          DatasetItem(
            id: "\(document.seriesInstanceUID)#\(slice)", patient: patient,
            labels: [Float(label)] + request.names.dropFirst().map { _ in nil },
            origin: instances[0].manufacturer, row: number))
        slices.append((series.count, slice))
      }
      series.append(one)
    }
    try request.refuseOrCount(missing, &skipped)
    skipped.add(.fileWithoutLabel, bySeries.values.reduce(0) { $0 + $1.count })
    (self.items, self.slices, self.series, self.skipped) = (items, slices, series, skipped)
  }

  private static func read(_ path: String, _ number: Int) throws -> LIDCDocument.Contents {
    do {
      return try LIDCDocument.read(path)
    } catch is TrainingError { throw TrainingError(.annotation, index: number) }
  }

  /// With how many regions lie on no slice that is there.
  private static func series(
    _ instances: [Instance], _ document: LIDCDocument, xml path: String, _ number: Int,
    _ reader: DCMTKReader
  ) throws -> (series: Series, strays: Int) {
    let stack = try reader.stack(of: instances)
    var bySOP: [String: Int] = [:]
    for (slice, source) in stack.report.sources.enumerated() {
      bySOP[source.sopInstanceUID.value] = slice
    }
    // A slice that shares its place with another is dropped; what was marked on it belongs to that place.
    for extra in stack.report.duplicates {
      bySOP[extra.dropped.sopInstanceUID.value] = bySOP[extra.kept.sopInstanceUID.value]
    }
    var regions = [[[LIDCDocument.Region]]](
      repeating: document.readers.map { _ in [] }, count: stack.planes.count)
    var strays = 0
    for (person, nodules) in document.readers.enumerated() {
      for region in nodules.flatMap(\.regions) {
        guard let slice = bySOP[region.sopInstanceUID] ?? near(region.position, stack.planes) else {
          strays += 1
          continue
        }
        regions[slice][person].append(region)
      }
    }
    guard let xml = SHA256.ofFile(path) else { throw TrainingError(.annotation, index: number) }
    let series = Series(
      instances: instances, width: stack.columns, height: stack.rows, regions: regions,
      digest: SHA256.hex(
        ofText: (instances.map(\.sha256).sorted() + [xml.sha256]).joined(separator: "|")))
    return (series, strays)
  }

  /// The slice within .1 mm of a position along the patient.
  private static func near(_ position: Double?, _ planes: [PlaneGeometry]) -> Int? {
    guard let position else { return nil }
    return planes.indices.first { abs(planes[$0].position.z - position) < 0.1 }
  }

  /// 1, 0 or unknown.
  private static func label(
    _ series: Series, _ document: LIDCDocument, _ slice: Int
  ) -> Int? {
    guard series.regions[slice].contains(where: { !$0.isEmpty }) else { return 0 }
    let masks = masks(series, slice)
    guard masks.count > 1 else { return nil }
    let counts = masks.reduce([Int](repeating: 0, count: series.width * series.height)) {
      zip($0, $1.bits).map { $0 + Int($1) }
    }
    return counts.contains { $0 > 1 } ? 1 : nil
  }

  /// One mask a reader: the pixels inside their outlines, without those of the outline itself, less holes.
  private static func masks(_ series: Series, _ slice: Int) -> [Mask] {
    series.regions[slice].map { regions in
      var mask = Mask(width: series.width, height: series.height)
      for isIncluded in [true, false] {
        // A single point marks a nodule below 3 mm.
        for region in regions
        where region.isIncluded == isIncluded && region.outline.points.count > 2 {
          var inside = Mask(
            width: series.width, height: series.height, filling: [region.outline])
          for point in region.outline.points {
            let (column, row) = (Int(point.column.rounded()), Int(point.row.rounded()))
            guard (0..<series.width).contains(column), (0..<series.height).contains(row) else {
              continue
            }
            inside[row, column] = false
          }
          mask = isIncluded ? mask.union(inside) : mask.subtracting(inside)
        }
      }
      return mask
    }
  }

  func film(_ index: Int) throws -> Film {
    let (number, slice) = slices[index]
    let (one, item) = (series[number], items[index])
    let stack = try reader.stack(of: one.instances)
    let found = try lungs.value(number) {
      let found = try CTLungs.segment(
        stack, thickness: one.instances.first?.sliceThicknessMillimetres ?? 1)
      guard found.quality.usable else { throw TrainingError(.lungsMissing, index: item.row) }
      return (found.left, found.right)
    }
    let (left, right) = (found.left[slice], found.right[slice])
    let truth =
      item.labels.first == .some(1)
      ? consensus.truth(of: Self.masks(one, slice)) : Mask(width: one.width, height: one.height)
    var film = Film(
      image: try stack.slice(slice), truths: [truth], lungs: left.union(right),
      leftLung: left, rightLung: right, labels: item.labels, patient: item.patient,
      origin: item.origin)
    film.spacing = stack.planes[slice].spacing
    return film
  }

  func contentDigest(_ index: Int) throws -> String {
    let (number, slice) = slices[index]
    return SHA256.hex(ofText: "\(series[number].digest)|\(slice)|\(consensus.rawValue)")
  }
}
