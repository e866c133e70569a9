import Foundation
import Testing

/// The built program, as a person or a scheduler runs it.
enum Program {
  /// What a run left behind.
  struct Outcome {
    let code: Int32
    let output: String
    let errors: String

    /// Both streams, for texts that may be in either.
    var all: String { output + errors }
    /// Lines of stderr.
    var notes: [String] { errors.split(separator: "\n").map(String.init) }
  }

  /// Beside the test bundle, else in the build folder of this checkout.
  static var location: URL? {
    let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let places = [
      executable.deletingLastPathComponent().appendingPathComponent("pleura"),
      root.appendingPathComponent(".build/release/pleura"),
    ]
    return places.first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  static var root: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
  }

  static func run(_ arguments: String...) throws -> Outcome {
    try run(arguments)
  }

  /// Runs the program with the models of this checkout and `input` on stdin; a signal shows as a
  /// negative code.
  static func run(_ arguments: [String], input: String? = nil) throws -> Outcome {
    let process = Process()
    process.executableURL = try #require(location)
    process.arguments = arguments
    var environment = ProcessInfo.processInfo.environment
    environment["PLEURA_MODELS"] = root.appendingPathComponent("models").path
    process.environment = environment
    return try Scratch.with("run") { scratch in
      // To files: two pipes that are read in turn may block the program.
      let (output, errors) = (try scratch.sink("out"), try scratch.sink("err"))
      process.standardOutput = output
      if let input { process.standardInput = try scratch.source(input, "in") }
      process.standardError = errors
      try process.run()
      process.waitUntilExit()
      let code = process.terminationStatus
      return Outcome(
        code: process.terminationReason == .exit ? code : -code,
        output: try scratch.text("out"), errors: try scratch.text("err"))
    }
  }
}

/// A folder that is there while a body runs.
struct Scratch {
  let path: String

  static func with<Result>(
    _ name: String, _ body: (Scratch) throws -> Result
  ) throws -> Result {
    let path = NSTemporaryDirectory() + "pleura-\(name)-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(Scratch(path: path))
  }

  func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  fileprivate func sink(_ name: String) throws -> FileHandle {
    try write([], name)
    return try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/" + name))
  }

  fileprivate func source(_ text: String, _ name: String) throws -> FileHandle {
    try write(Array(text.utf8), name)
    return try FileHandle(forReadingFrom: URL(fileURLWithPath: path + "/" + name))
  }

  fileprivate func text(_ name: String) throws -> String {
    let data = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
    return String(decoding: data, as: UTF8.self)
  }

  /// Regular files and links below a folder, relative to it, sorted.
  func files(below folder: String = "") -> [String] {
    let root = folder.isEmpty ? path : path + "/" + folder
    let names = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return names.filter { name in
      var isFolder: ObjCBool = false
      FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isFolder)
      return !isFolder.boolValue
    }.sorted()
  }
}
