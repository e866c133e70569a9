import DICOM
import Foundation
import Networks
import Tensors

/// Which data set to open, and how strict to be.
package struct DatasetRequest: Sendable {
  /// The folder of the files; for picture lists also the list itself.
  package var path: String
  /// The list: labels (SIIM, DICOM, pictures) or identifiers to train on (VOC). nil looks for the
  /// names that the kinds use.
  package var list: String?
  /// nil guesses from what lies there.
  package var kind: DatasetKind?
  /// The labels, in order; the first one is the one that must be known. Empty: `pneumothorax` for
  /// SIIM, the twenty classes for VOC, the columns of the list otherwise.
  package var names: [String]
  /// What is known of them besides: their codes tell whose outlines an annotation object holds.
  package var concepts: [ModelDescription.Label] = []
  package var rules: DatasetRules
  package var threads: Int
  /// Pictures: what each row must give.
  package var needs = FilmSource.Needs()

  package init(
    path: String, list: String? = nil, kind: DatasetKind? = nil, names: [String] = [],
    rules: DatasetRules = .init(), threads: Int = Parallel.defaultWidth
  ) {
    self.path = path
    self.list = list
    self.kind = kind
    self.names = names
    self.rules = rules
    self.threads = threads
  }

  /// Rows that name nothing that is there: refused with their numbers, or counted.
  func refuseOrCount(_ rows: [Int], _ skipped: inout SkipCounts) throws {
    guard rows.isEmpty || rules.labelsWithoutFiles == .drop else {
      throw TrainingError(.labelsWithoutFiles, rows: rows)
    }
    skipped.add(.labelWithoutFile, rows.count)
  }
}

/// Opens data sets.
package enum DatasetReader {
  /// Lists that are looked for in the folder when none is given.
  static let siimLists = ["train-rle.csv", "stage_2_train.csv"]
  static let lists = ["labels.csv"]

  /// Reads lists and headers; pixels are read later, one at a time.
  ///
  /// Throws `TrainingError`: `datasetUnknown` when nothing is recognised, `recipe` for shares of
  /// splits out of bounds, `noSamples` for a set without items, those of the kind, and
  /// `patientInTwoSplits` with the rows.
  package static func open(_ request: DatasetRequest) throws -> any Dataset {
    guard request.rules.shares.isWithinBounds else { throw TrainingError(.recipe) }
    guard let (kind, list) = find(request) else { throw TrainingError(.datasetUnknown) }
    var request = request
    if request.names.isEmpty { request.names = try names(kind, list) }
    let set: any Dataset
    switch kind {
    case .siim: set = try SIIMDataset(request, list: try wanted(list), reader: DCMTKReader())
    case .dicom: set = try DICOMDataset(request, list: try wanted(list), reader: DCMTKReader())
    case .voc: set = try VOCDataset(request)
    case .pictures: set = try PictureDataset(request, list: try wanted(list))
    case .cheXpert: set = try CheXpertDataset(request)
    case .volumes: set = try VolumeDataset(request, list: try wanted(list))
    case .lidc: set = try LIDCDataset(request, reader: DCMTKReader())
    case .luna16: set = try LUNADataset(request, list: request.list)
    case .phantoms: throw TrainingError(.datasetUnknown)
    }
    guard !set.items.isEmpty else { throw TrainingError(.noSamples) }
    try set.checkPatients()
    guard set.items.allSatisfy({ $0.split == nil }) else { return set }
    return SplitByPatient(set, shares: request.rules.shares)
  }

  /// The kind of what lies at a path; nil when nothing is recognised.
  package static func guess(_ path: String, list: String? = nil) -> DatasetKind? {
    find(DatasetRequest(path: path, list: list, threads: 1))?.kind
  }

  private static func wanted(_ list: String?) throws -> String {
    guard let list else { throw TrainingError(.datasetTree) }
    return list
  }

  private static func find(_ request: DatasetRequest) -> (kind: DatasetKind, list: String?)? {
    if request.kind == .voc || (request.kind == nil && VOCDataset.root(request.path) != nil) {
      return (.voc, request.list)
    }
    if request.kind == .cheXpert
      || (request.kind == nil && CheXpertDataset.isTree(request.path, list: request.list))
    {
      return (.cheXpert, request.list)
    }
    let list = request.list ?? self.list(in: request.path)
    // A list of labels that lies in the folder goes before one of spheres.
    if request.kind == .luna16
      || (request.kind == nil && LUNADataset.isTree(request.path, list: list))
    {
      return (.luna16, request.list)
    }
    if let kind = request.kind { return (kind, list) }
    if list == nil, LIDCDataset.isTree(request.path) { return (.lidc, nil) }
    guard let list, let table = try? LabelTable(path: list, rowLimit: 1) else { return nil }
    if table.column("EncodedPixels") != nil { return (.siim, list) }
    if let column = table.column("file") {
      let first = table.rows.first?.cells[column] ?? ""
      return (VolumeDataset.isVolume(first) ? .volumes : .pictures, list)
    }
    let isDICOM = DICOMDataset.identifiers.contains { table.column($0) != nil }
    return isDICOM ? (.dicom, list) : nil
  }

  private static func list(in path: String) -> String? {
    if FileTree.isFile(path) { return path }
    return (siimLists + lists).map { path + "/" + $0 }.first(where: FileTree.isFile)
  }

  private static func names(_ kind: DatasetKind, _ list: String?) throws -> [String] {
    switch kind {
    case .siim: return [SIIMDataset.label]
    case .voc: return VOCClasses.names
    case .cheXpert: return CheXpertDataset.tasks
    case .phantoms: return []
    case .lidc, .luna16: return ["nodule"]
    case .dicom, .pictures, .volumes:
      let other = PictureList.structural.union(
        (DICOMDataset.identifiers + ["PatientID"]).map { $0.lowercased() })
      let header = try LabelTable(path: try wanted(list), rowLimit: 0).header
      let masks = Set(header.map(PictureList.maskColumn))
      return header.filter { !other.contains($0.lowercased()) && !masks.contains($0) }
    }
  }
}
