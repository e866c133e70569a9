import DICOM
import Foundation
import Imaging

/// The headers of the DICOM files below a folder, in the order of their paths.
struct DICOMTree: Sendable {
  struct Entry: Sendable {
    let instance: Instance
    /// nil for a frontal film, or one that does not say its view; or for a CT slice.
    let reason: SkipReason?
  }

  /// What is an item.
  enum Taking: Sendable {
    case films
    case slices
  }

  let entries: [Entry]
  /// What is no entry at all: not DICOM, unreadable, an identifier seen before.
  let skipped: SkipCounts

  /// Reads every header, and each file's bytes once for their digest.
  ///
  /// Throws `TrainingError(.datasetTree)` for a folder that cannot be listed.
  init(
    folder: String, reader: DCMTKReader, threads: Int, takes: Taking = .films
  ) throws {
    let paths = try FileTree.paths(below: folder).filter { !Self.isOther($0) }
    let read = try Items.map(paths.count, threads: threads) { index, _ in
      Result<Instance, DICOMError> { () throws(DICOMError) in
        do {
          return try reader.read(path: folder + "/" + paths[index])
        } catch let error as DICOMError {
          throw error
        } catch { throw DICOMError(.unreadableFile) }
      }
    }
    var seen: Set<UID> = []
    var entries: [Entry] = []
    var skipped: SkipCounts = [:]
    for result in read {
      switch result {
      case .failure(let error): skipped.add(error.code == .notDICOM ? .notDICOM : .unreadable)
      case .success(let instance) where !seen.insert(instance.sopInstanceUID).inserted:
        skipped.add(.repeatedFile)
      case .success(let instance):
        entries.append(Entry(instance: instance, reason: Self.reason(instance, takes)))
      }
    }
    self.entries = entries
    self.skipped = skipped
  }

  private static func reason(_ instance: Instance, _ takes: Taking) -> SkipReason? {
    guard takes == .films else {
      guard instance.kind == .computedTomography else { return .notASlice }
      return instance.numberOfFrames == 1 ? nil : .severalFrames
    }
    guard instance.kind == .radiograph else { return .notAFilm }
    if instance.isLateralView { return .lateralView }
    return instance.numberOfFrames == 1 ? nil : .severalFrames
  }

  /// Lists and pictures that may lie beside the films.
  private static func isOther(_ path: String) -> Bool {
    let name = path.lowercased()
    return [".csv", ".txt", ".json", ".md", ".png", ".jpg", ".jpeg", ".zip", ".xml"].contains(
      where: name.hasSuffix)
  }
}

extension Instance {
  /// Tells people apart without saying who they are. Without a Patient ID each study is a person.
  var patientDigest: String {
    let name =
      patientID.value.isEmpty
      ? "study " + studyInstanceUID.value : "patient " + patientID.value
    return String(SHA256.hex(ofText: name).prefix(24))
  }

  /// The density of a film, `0...1`, for training: as scoring reads it.
  func film(as item: DatasetItem, truth: Mask?, reader: DCMTKReader) throws -> Film {
    Film(
      image: try reader.density(of: self), truth: truth, labels: item.labels,
      patient: item.patient, origin: item.origin)
  }
}

enum FileTree {
  /// The files below a folder, relative to it, sorted; hidden ones are left out. A link to a file
  /// counts as one; linked folders are not entered.
  static func paths(below folder: String) throws -> [String] {
    guard isFolder(folder), let walk = FileManager.default.enumerator(atPath: folder) else {
      throw TrainingError(.datasetTree)
    }
    var paths: [String] = []
    for case let path as String in walk {
      guard !path.hasPrefix("."), !path.contains("/."), isFile(folder + "/" + path) else {
        continue
      }
      paths.append(path)
    }
    return paths.sorted()
  }

  static func isFile(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && !isFolder.boolValue
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
