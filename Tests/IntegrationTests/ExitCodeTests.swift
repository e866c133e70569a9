import Foundation
import Testing

/// The exit codes of docs/cli.md, asked of the built program.
struct ExitCodeTests {
  private func run(_ arguments: String...) throws -> (code: Int32, output: String) {
    let process = Process()
    process.executableURL = try #require(Self.program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }

  /// Beside the test bundle.
  static var program: URL? {
    let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let places = [
      executable.deletingLastPathComponent().appendingPathComponent("pleura"),
      root.appendingPathComponent(".build/release/pleura"),
    ]
    return places.first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  private func scratch() throws -> String {
    let path = NSTemporaryDirectory() + "pleura-codes-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
  }

  @Test func versionAndUsage() throws {
    let version = try run("--version")
    #expect(version.code == 0 && version.output.hasPrefix("0."))
    #expect(try run("score").code == 64)
    #expect(try run("findings", "--from", "yesterday").code == 64)
  }

  @Test func missingStoreEndsWithTen() throws {
    let folder = try scratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let result = try run("worklist", "--store", folder + "/none.sqlite")
    #expect(result.code == 10)
    #expect(result.output.contains("store-missing"))
    #expect(!result.output.contains(folder))
  }

  @Test func missingModelEndsWithTwelve() throws {
    let folder = try scratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let result = try run(
      "score", folder, "--models", folder, "--store", folder + "/s.sqlite", "--output",
      folder + "/out")
    #expect(result.code == 12)
    #expect(result.output.contains("model-missing"))
  }

  @Test func foreignStoreIsLeftAlone() throws {
    let folder = try scratch()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let store = folder + "/s.sqlite"
    try Data("not a database, but somebody's file".utf8).write(to: URL(fileURLWithPath: store))
    #expect(try run("findings", "--store", store).code == 10)
    #expect(
      try String(contentsOfFile: store, encoding: .utf8) == "not a database, but somebody's file")
  }
}
