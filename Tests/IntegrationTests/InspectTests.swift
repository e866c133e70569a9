import Foundation
import Testing

/// `pleura inspect` on phantoms, asked of the built program.
struct InspectTests {
  private func withSeries(_ body: (_ folder: String, _ series: String) throws -> Void) throws {
    try Scratch.with("inspect") { scratch in
      let folder = scratch.path
      let made = try Program.run(
        "phantom", "--kind", "ct", "--count", "1", "--size", "64", "--slices", "6", "--seed", "3",
        "--format", "dicom", "--out", folder)
      try #require(made.code == 0)
      try body(folder, folder + "/studies/ct-00000")
    }
  }

  private func objects(_ json: String) throws -> [[String: Any]] {
    let parsed = try JSONSerialization.jsonObject(with: Data(json.utf8))
    return try #require(parsed as? [[String: Any]])
  }

  @Test func saysWhatIsScoredAndWhatIsRefused() throws {
    try withSeries { folder, series in
      let slice = try Data(contentsOf: URL(fileURLWithPath: series + "/slice-001.dcm"))
      try slice.prefix(700).write(to: URL(fileURLWithPath: series + "/slice-009.dcm"))
      let result = try Program.run("inspect", series, "--format", "json")
      #expect(result.code == 3)
      #expect(!result.output.contains(folder))
      let rows = try objects(result.output)
      #expect(
        rows.map { $0["verdict"] as? String } == Array(repeating: "score", count: 6) + ["refuse"])
      #expect(rows[0]["kind"] as? String == "ct")
      #expect(rows[0]["columns"] as? Int == 64)
      #expect(rows[6]["reason"] as? String == "truncated")
      #expect((rows[6]["advice"] as? String)?.isEmpty == false)
      let named = try Program.run("inspect", series, "--paths", "--format", "csv")
      #expect(named.output.contains(series + "/slice-001.dcm"))
    }
  }

  @Test func volumeFindsTheGapAndTheTwin() throws {
    try withSeries { _, series in
      let whole = try Program.run("inspect", "--volume", series, "--format", "json")
      #expect(whole.code == 0)
      let row = try #require(try objects(whole.output).first)
      #expect(row["slices"] as? Int == 6)
      #expect(row["gaps"] as? Int == 0)
      #expect((row["least-hu"] as? Double ?? 0) <= -900)
      try FileManager.default.removeItem(atPath: series + "/slice-003.dcm")
      try FileManager.default.copyItem(
        atPath: series + "/slice-005.dcm", toPath: series + "/slice-105.dcm")
      let changed = try Program.run("inspect", "--volume", series, "--format", "json")
      let seen = try #require(try objects(changed.output).first)
      #expect(seen["slices"] as? Int == 5)
      #expect(seen["gaps"] as? Int == 1)
      #expect(seen["duplicates"] as? Int == 1)
      #expect(seen["conflicts"] as? Int == 0)
    }
  }
}
