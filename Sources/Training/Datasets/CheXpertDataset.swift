import Foundation
import Imaging

/// CheXpert (Irvin et al. 2019): `train.csv`, `valid.csv` and `test.csv` (or the list that is given)
/// with the columns Path, Frontal/Lateral and one a label, 1, 0, -1 (uncertain) or blank; and the
/// outlines of CheXlocalize in the same folder or in `CheXlocalize` below it.
///
/// A blank label counts as absent, as in the authors' training. Lateral views are counted, not used.
/// The split of a row is that of its file, or of its path where one list is given.
struct CheXpertDataset: Dataset {
  /// The ten tasks that are outlined, by the names of the lists.
  static let tasks = [
    "Enlarged Cardiomediastinum", "Cardiomegaly", "Lung Lesion", "Lung Opacity", "Edema",
    "Consolidation", "Atelectasis", "Pneumothorax", "Pleural Effusion", "Support Devices",
  ]

  let kind = DatasetKind.cheXpert
  let items: [DatasetItem]
  let skipped: SkipCounts
  private let files: [String]
  /// By item: the identifier of CheXlocalize.
  private let images: [String]
  /// By label: the names that outlines may bear.
  private let names: [[String]]
  private let outlines: CheXlocalize

  private static let lists = [
    ("train.csv", DatasetSplit.train), ("valid.csv", .validation), ("test.csv", .test),
    ("test_labels.csv", .test),
  ]

  /// Other names of a task, in plain letters.
  private static let synonyms = [
    "airspaceopacity": "lungopacity", "opacity": "lungopacity", "effusion": "pleuraleffusion",
    "device": "supportdevices", "devices": "supportdevices", "lesion": "lunglesion",
  ]

  static func isTree(_ path: String, list: String?) -> Bool {
    let found = list.map { [$0] } ?? lists.map { path + "/" + $0.0 }
    return found.contains { list in
      FileTree.isFile(list)
        && (try? LabelTable(path: list, rowLimit: 0))?.column("Frontal/Lateral") != nil
    }
  }

  /// Throws `TrainingError`: `datasetTree` without a list, `listColumn` without Path or a label,
  /// `listRow` for a path that names no patient, `labelsWithoutFiles` by the rules,
  /// `annotationsWithoutImages` with the numbers of outlined images, in the order of their names, that
  /// no row names, `maskSize` when an outline is read that has another size than its image.
  init(_ request: DatasetRequest) throws {
    let given = request.list.map { [($0, DatasetSplit?.none)] }
    let lists =
      given
      ?? Self.lists.map { (request.path + "/" + $0.0, $0.1) }.filter { FileTree.isFile($0.0) }
    guard !lists.isEmpty else { throw TrainingError(.datasetTree) }
    let plain = request.names.map { name in
      Self.synonyms[LabelMatch.plain(name)] ?? LabelMatch.plain(name)
    }
    names = plain.map { name in [name] + Self.synonyms.filter { $0.value == name }.map(\.key) }
    var skipped: SkipCounts = [:]
    var (items, files, images): ([DatasetItem], [String], [String]) = ([], [], [])
    var missing: [Int] = []
    for (path, split) in lists {
      let table = try LabelTable(path: path)
      guard let place = table.column("Path") else { throw TrainingError(.listColumn) }
      let view = table.column("Frontal/Lateral")
      let columns = plain.map { name in
        table.header.firstIndex { LabelMatch.plain($0) == name }
      }
      guard let first = columns.first, first != nil else { throw TrainingError(.listColumn) }
      for row in table.rows {
        let parts = row.cells[place].split(separator: "/").map(String.init)
        guard let person = parts.lastIndex(where: { $0.hasPrefix("patient") }),
          person + 1 < parts.count
        else { throw TrainingError(.listRow, index: row.number) }
        let isLateral =
          view.map { row.cells[$0] == "Lateral" } ?? parts[parts.count - 1].contains("lateral")
        guard !isLateral else {
          skipped.add(.lateralView)
          continue
        }
        guard let file = Self.file(parts, below: request.path) else {
          missing.append(row.number)
          continue
        }
        let own = split ?? (person > 0 ? DatasetSplit(name: parts[person - 1]) : nil)
        let name = parts[person...].joined(separator: "_")
        images.append(String(name.prefix { $0 != "." }))
        files.append(file)
        items.append(
          DatasetItem(
            id: name, patient: String(SHA256.hex(ofText: parts[person]).prefix(24)),
            split: own?.rawValue, labels: columns.map { Self.label($0.map { row.cells[$0] }) },
            origin: "chexpert", row: row.number))
      }
    }
    try request.refuseOrCount(missing, &skipped)
    outlines = try CheXlocalize(folders: [request.path, request.path + "/CheXlocalize"])
    let known = Set(images)
    let absent = outlines.outlines.keys.sorted().enumerated().filter { !known.contains($0.element) }
    guard absent.isEmpty || request.rules.labelsWithoutFiles == .drop else {
      throw TrainingError(.annotationsWithoutImages, rows: absent.map { $0.offset + 1 })
    }
    (self.items, self.files, self.images, self.skipped) = (items, files, images, skipped)
  }

  /// -1 uncertain; a blank cell is 0; nil for a label without a column or anything else.
  private static func label(_ cell: String?) -> Float? {
    guard let cell else { return nil }
    switch cell {
    case "": return 0
    case "-1", "-1.0": return UncertainLabels.value
    default: return LabelValue.parse(cell).map(Float.init)
    }
  }

  /// The file of a path with as many of its first folders left out as needed.
  private static func file(_ parts: [String], below folder: String) -> String? {
    parts.indices.lazy.map { folder + "/" + parts[$0...].joined(separator: "/") }
      .first(where: FileTree.isFile)
  }

  func film(_ index: Int) throws -> Film {
    let item = items[index]
    guard let picture = try? GreyPicture.read(files[index]) else {
      throw TrainingError(.pictureUnreadable, index: item.row, column: "Path")
    }
    let own = outlines.outlines[images[index]]
    let truths = try names.map { names -> Mask? in
      guard let outline = names.lazy.compactMap({ own?[$0] }).first else {
        // A listed image has an empty mask for what it does not show.
        return own == nil ? nil : Mask(width: picture.width, height: picture.height)
      }
      guard outline.width == picture.width, outline.height == picture.height else {
        throw TrainingError(.maskSize, index: item.row, column: names[0])
      }
      guard let mask = outline.mask else {
        throw TrainingError(.runLength, index: item.row, column: names[0])
      }
      return mask
    }
    return Film(
      image: picture.image, truths: truths, lungs: nil, leftLung: nil, rightLung: nil,
      labels: item.labels, patient: item.patient, origin: item.origin)
  }

  func contentDigest(_ index: Int) throws -> String {
    guard let digest = SHA256.ofFile(files[index]) else {
      throw TrainingError(.pictureUnreadable, index: items[index].row, column: "Path")
    }
    let marks = outlines.outlines[images[index]] == nil ? "none" : outlines.digest
    return SHA256.hex(
      ofText: ([digest.sha256, marks] + names.map { $0[0] }).joined(separator: "|"))
  }
}
