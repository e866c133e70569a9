import Foundation
import Testing

/// `pleura inspect` on phantoms, asked of the built program.
struct InspectTests {
  /// Runs the program; stdout and stderr apart.
  private func run(_ arguments: String...) throws -> (code: Int32, rows: String, notes: String) {
    let process = Process()
    process.executableURL = try #require(ExitCodeTests.program)
    process.arguments = arguments
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let rows = output.fileHandleForReading.readDataToEndOfFile()
    let notes = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: rows, as: UTF8.self),
      String(decoding: notes, as: UTF8.self)
    )
  }

  private func withSeries(_ body: (_ folder: String, _ series: String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "pleura-inspect-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let made = try run(
      "phantom", "--kind", "ct", "--count", "1", "--size", "64", "--slices", "6", "--seed", "3",
      "--format", "dicom", "--out", folder)
    try #require(made.code == 0)
    try body(folder, folder + "/studies/ct-00000")
  }

  private func objects(_ json: String) throws -> [[String: Any]] {
    let parsed = try JSONSerialization.jsonObject(with: Data(json.utf8))
    return try #require(parsed as? [[String: Any]])
  }

  @Test func saysWhatIsScoredAndWhatIsRefused() throws {
    try withSeries { folder, series in
      let slice = try Data(contentsOf: URL(fileURLWithPath: series + "/slice-001.dcm"))
      try slice.prefix(700).write(to: URL(fileURLWithPath: series + "/slice-009.dcm"))
      let result = try run("inspect", series, "--format", "json")
      #expect(result.code == 3)
      #expect(!result.rows.contains(folder))
      let rows = try objects(result.rows)
      #expect(
        rows.map { $0["verdict"] as? String } == Array(repeating: "score", count: 6) + ["refuse"])
      #expect(rows[0]["kind"] as? String == "ct")
      #expect(rows[0]["columns"] as? Int == 64)
      #expect(rows[6]["reason"] as? String == "truncated")
      #expect((rows[6]["advice"] as? String)?.isEmpty == false)
      let named = try run("inspect", series, "--paths", "--format", "csv")
      #expect(named.rows.contains(series + "/slice-001.dcm"))
    }
  }

  @Test func volumeFindsTheGapAndTheTwin() throws {
    try withSeries { _, series in
      let whole = try run("inspect", "--volume", series, "--format", "json")
      #expect(whole.code == 0)
      let row = try #require(try objects(whole.rows).first)
      #expect(row["slices"] as? Int == 6)
      #expect(row["gaps"] as? Int == 0)
      #expect((row["least-hu"] as? Double ?? 0) <= -900)
      try FileManager.default.removeItem(atPath: series + "/slice-003.dcm")
      try FileManager.default.copyItem(
        atPath: series + "/slice-005.dcm", toPath: series + "/slice-105.dcm")
      let changed = try run("inspect", "--volume", series, "--format", "json")
      let seen = try #require(try objects(changed.rows).first)
      #expect(seen["slices"] as? Int == 5)
      #expect(seen["gaps"] as? Int == 1)
      #expect(seen["duplicates"] as? Int == 1)
      #expect(seen["conflicts"] as? Int == 0)
    }
  }
}
