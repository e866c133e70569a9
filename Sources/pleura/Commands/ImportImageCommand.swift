import ArgumentParser
import DICOM
import Foundation
import Imaging

/// `pleura import-image`: pictures become DICOM, so that they go the same way as everything else.
struct ImportImageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import-image",
    abstract: "Wraps JPEG and PNG films as CR objects, with their provenance.",
    discussion: "Grey baseline JPEG is kept byte for byte. Exit 3 when pictures were refused.")

  @Argument(help: ArgumentHelp("JPEG or PNG files, or folders of them.", valueName: "picture"))
  var pictures: [String]
  @Option(help: ArgumentHelp("Folder for the objects.", valueName: "dir"))
  var out: String
  @Option(help: "Patient ID of all pictures (default: made of each picture's hash).")
  var patientID: String?
  @Option(help: "View Position (0018,5101): PA or AP; empty when unknown.")
  var view = ""

  func validate() throws {
    guard ["", "PA", "AP"].contains(view) else { throw ValidationError("--view is PA or AP") }
    if let patientID {
      guard patientID.count <= 64, patientID.allSatisfy({ $0.isASCII && $0 != "\\" }) else {
        throw ValidationError("--patient-id has at most 64 ASCII characters")
      }
    }
  }

  func run() throws {
    try Failure.guarded {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      let wrap = PictureImport(patientID: patientID, viewPosition: view, folder: out)
      var written = 0
      var refused = 0
      for (index, path) in try files().enumerated() {
        do {
          _ = try wrap.wrap(path)
          written += 1
        } catch let error as DICOMError where error.code != .writeFailed {
          refused += 1
          Failure.line("picture \(index + 1): \(error)", advice: error.advice)
        } catch let error as ImagingError where error.code != .unwritable {
          refused += 1
          Failure.line("picture \(index + 1): \(error)", advice: "give a JPEG or PNG film")
        }
      }
      print("\(written) wrapped, \(refused) refused")
      return refused == 0 ? ExitCode.success : ExitStatus.finishedWithFailures
    }
  }

  /// Files as given, folders by their pictures in order of name.
  private func files() throws -> [String] {
    try pictures.flatMap { path -> [String] in
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder),
        isFolder.boolValue
      else { return [path] }
      return try FileManager.default.subpathsOfDirectory(atPath: path).sorted().filter {
        ["jpg", "jpeg", "png"].contains(($0 as NSString).pathExtension.lowercased())
      }.map { path + "/" + $0 }
    }
  }
}
