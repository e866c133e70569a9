import DICOM
import Findings
import Intake
import Scoring
import Synchronization
import Tensors

/// One file as `inspect` shows it.
struct InspectedFile: Sendable {
  enum Verdict: Sendable {
    case score(Instance)
    /// Whole, but not for scoring: the stable reason.
    case skip(Instance?, reason: String)
    case refuse(DICOMError)
  }

  /// From 1, in the order of the scan.
  let number: Int
  let path: String
  let verdict: Verdict

  var isRefused: Bool {
    if case .refuse = verdict { true } else { false }
  }

  /// The instance when it is a part of a CT series.
  var slice: Instance? {
    guard case .score(let instance) = verdict, instance.kind == .computedTomography else {
      return nil
    }
    return instance
  }

  /// Number and error, for stderr.
  var line: String {
    guard case .refuse(let error) = verdict else { return "file \(number)" }
    return "file \(number): \(error.description); \(error.advice)"
  }

  /// Reads everything below some paths, a batch at a time on `workers` threads.
  static func all(
    below paths: [String], reader: DCMTKReader, workers: Int
  ) throws -> [InspectedFile] {
    var scan = FolderScan(paths: paths)
    var files: [InspectedFile] = []
    var batch: [FolderScan.Entry] = []
    while true {
      let entry = scan.next()
      if let entry { batch.append(entry) }
      if entry == nil || batch.count == 256 {
        files += read(batch, from: files.count + 1, reader: reader, workers: workers)
        batch = []
      }
      if entry == nil { return files }
    }
  }

  private static func read(
    _ batch: [FolderScan.Entry], from first: Int, reader: DCMTKReader, workers: Int
  ) -> [InspectedFile] {
    let found = batch.compactMap { entry -> (path: String, isReadable: Bool)? in
      switch entry {
      case .file(let identity): (identity.path.value, true)
      case .unreadable(let identity): (identity.path.value, false)
      case .folder: nil
      }
    }
    let read = Mutex<[Int: InspectedFile]>([:])
    Parallel.forEach(count: found.count, width: workers) { index in
      let (path, isReadable) = found[index]
      let file = InspectedFile(
        number: first + index, path: path,
        verdict: isReadable ? verdict(of: path, reader) : .refuse(.init(.unreadableFile)))
      read.withLock { $0[index] = file }
    }
    return read.withLock { results in found.indices.compactMap { results[$0] } }
  }

  private static func verdict(of path: String, _ reader: DCMTKReader) -> Verdict {
    do {
      let instance = try reader.read(path: path)
      switch instance.kind {
      case .otherImage(let reason), .nonImage(let reason):
        return .skip(instance, reason: reason.rawValue)
      case .radiograph, .computedTomography:
        guard let left = StudySelection([instance]).leftOut.first else { return .score(instance) }
        return .skip(instance, reason: left.reason.rawValue)
      }
    } catch let error as DICOMError {
      return error.code == .mediaDirectory
        ? .skip(nil, reason: error.code.rawValue) : .refuse(error)
    } catch {
      return .refuse(DICOMError(.internalFailure))
    }
  }

  static func table(of files: [InspectedFile], withPaths: Bool) -> TextTable {
    var columns = [
      "file", "verdict", "reason", "place", "kind", "modality", "transfer-syntax", "rows",
      "columns", "frames", "bytes", "advice",
    ]
    if withPaths { columns.insert("path", at: 1) }
    let rows = files.map { file in
      var cells = file.cells
      if withPaths { cells.insert(.text(file.path), at: 1) }
      return cells
    }
    return TextTable(columns: columns, rows: rows)
  }

  private var cells: [TextTable.Cell] {
    let number = TextTable.Cell.integer(Int64(number))
    switch verdict {
    case .score(let instance):
      return [number, .text("score"), .empty, .empty] + Self.cells(of: instance) + [.empty]
    case .skip(let instance, let reason):
      return [number, .text("skip"), .text(reason), .empty] + Self.cells(of: instance) + [.empty]
    case .refuse(let error):
      return [
        number, .text("refuse"), .text(error.code.rawValue), .text(error.place.description),
      ] + Self.cells(of: nil) + [.text(error.advice)]
    }
  }

  private static func cells(of instance: Instance?) -> [TextTable.Cell] {
    guard let instance else { return Array(repeating: .empty, count: 7) }
    let hasPixels = instance.pixels != nil
    func count(_ number: Int) -> TextTable.Cell { hasPixels ? .integer(Int64(number)) : .empty }
    return [
      .text(instance.kind.name), .text(instance.modality),
      .text(instance.transferSyntaxUID.value), count(instance.rows), count(instance.columns),
      count(instance.numberOfFrames), .integer(Int64(instance.byteCount)),
    ]
  }
}

extension Instance.Kind {
  /// For people and scripts.
  fileprivate var name: String {
    switch self {
    case .radiograph: "radiograph"
    case .computedTomography: "ct"
    case .otherImage: "other-image"
    case .nonImage: "non-image"
    }
  }
}
