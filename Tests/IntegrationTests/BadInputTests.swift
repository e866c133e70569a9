import Foundation
import GRDB
import Testing

/// A folder with everything that is wrong, and two good films: asked of the built program.
@Suite struct BadInputTests {
  /// Bad files by name, each with the code it is refused with.
  private static func badFiles() -> [(name: String, bytes: [UInt8], code: String)] {
    let film = HostileFile.film(1).file
    let noGeometry = HostileFile.image(
      HostileFile.computedTomography, modality: "CT", number: 3)
    var unknown = HostileFile.film(4)
    unknown.transferSyntax = "1.2.3.4"
    return [
      ("truncated", Array(film.dropLast(100)), "truncated"),
      ("garbage", (0..<4000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + 3) }, "not-dicom"),
      ("page.dcm", Array("<!DOCTYPE html><html><body>no</body></html>".utf8), "not-dicom"),
      ("empty", [], "empty-file"),
      ("absurd", HostileFile.film(2, claimedSide: 65535).file, "pixel-data-too-short"),
      ("nested", HostileFile.nested(10_000).file, "nesting-too-deep"),
      ("bomb", HostileFile.bomb(mebibytes: 65).file, "inflated-size-exceeds-limit"),
      ("flat-ct", noGeometry.file, "missing-geometry"),
      ("unknown-syntax", unknown.file, "unsupported-transfer-syntax"),
    ]
  }

  /// Fills `in/` with two phantom films and the bad files, and scores it.
  private func scored(_ scratch: Scratch) throws -> Program.Outcome {
    let made = try Program.run(
      "phantom", "--format", "dicom", "--size", "128", "--count", "2", "--seed", "11", "--out",
      scratch.path + "/phantoms")
    try #require(made.code == 0)
    try FileManager.default.moveItem(
      atPath: scratch.path + "/phantoms/studies", toPath: scratch.path + "/in")
    for bad in Self.badFiles() { try scratch.write(bad.bytes, "in/ward7-" + bad.name) }
    return try Program.run(["score", scratch.path + "/in"] + Self.options(scratch))
  }

  private static func options(_ scratch: Scratch) -> [String] {
    ["--store", scratch.path + "/s.sqlite", "--output", scratch.path + "/out"]
  }

  @Test func everyBadFileIsNamedAndTheGoodOnesAreScored() throws {
    try Scratch.with("bad-input") { scratch in
      let outcome = try scored(scratch)
      #expect(outcome.code == 3, "\(outcome.all)")
      let bad = Self.badFiles()
      #expect(bad.first { $0.name == "absurd" }.map { $0.bytes.count <= 490 } == true)
      for code in Set(bad.map(\.code)) {
        let lines = outcome.notes.filter { $0.contains(" \(code) at ") }
        #expect(lines.count == bad.filter { $0.code == code }.count, "\(code): \(outcome.errors)")
        for line in lines {
          #expect(line.hasPrefix("  file "), "\(line)")
          #expect((line.split(separator: ";").last?.count ?? 0) > 10, "\(line)")
        }
      }
      #expect(!outcome.all.contains(scratch.path) && !outcome.all.contains("2.25.7"))
      #expect(!outcome.all.contains("ward7"), "\(outcome.all)")
      #expect(outcome.errors.contains("\(bad.count) could not be used"))
      #expect(outcome.errors.contains("3/3 studies, 1 failed"), "\(outcome.errors)")

      let audit = try Program.run(["audit", "--balance"] + Self.options(scratch))
      #expect(audit.code == 0, "\(audit.all)")
      #expect(audit.output.contains("11 files = 2 scored"), "\(audit.all)")
      #expect(audit.output.contains(" 9 quarantined + 0 pending"), "\(audit.all)")
      try quarantineHolds(bad, in: scratch)
    }
  }

  private func quarantineHolds(
    _ bad: [(name: String, bytes: [UInt8], code: String)], in scratch: Scratch
  ) throws {
    let folder = scratch.path + "/out/quarantine/"
    let names = scratch.files(below: "out/quarantine")
    let links = names.filter { !$0.hasSuffix(".json") }
    #expect(links.count == bad.count && names.count == 2 * bad.count, "\(names)")
    for link in links {
      let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: folder + link)))
      let source = try #require(bad.first { $0.bytes == bytes })
      let reason = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: folder + link + ".json")))
      let fields = try #require(reason as? [String: Any])
      #expect(fields["code"] as? String == source.code)
      #expect((fields["advice"] as? String)?.isEmpty == false)
      #expect(fields["sha256"] as? String == link)
    }
  }

  @Test func tamperingUpsetsTheBalance() throws {
    try Scratch.with("tampering") { scratch in
      #expect(try scored(scratch).code == 3)
      let audit = ["audit", "--balance"] + Self.options(scratch)
      #expect(try Program.run(audit).code == 0)
      let written = scratch.files(below: "out").filter { $0.hasSuffix(".png") }
      let object = scratch.path + "/out/" + (try #require(written.first))
      let bytes = try Data(contentsOf: URL(fileURLWithPath: object))

      try FileManager.default.removeItem(atPath: object)
      let missing = try Program.run(audit)
      #expect(missing.code == 1 && missing.output.contains("problem: output-missing"))
      #expect(missing.output.contains("NOT BALANCED"))

      var changed = bytes
      changed[changed.count / 2] ^= 1
      try changed.write(to: URL(fileURLWithPath: object))
      let altered = try Program.run(audit)
      #expect(altered.code == 1 && altered.output.contains("problem: output-changed"))

      try bytes.write(to: URL(fileURLWithPath: object))
      #expect(try Program.run(audit).code == 0)
      try alterProbability(scratch.path + "/s.sqlite")
      let finding = try Program.run(audit)
      #expect(finding.code == 1 && finding.output.contains("problem: finding-digest"))
    }
  }

  private func alterProbability(_ store: String) throws {
    let queue = try DatabaseQueue(path: store)
    try queue.write { try $0.execute(sql: "UPDATE finding SET probability = 1 - probability") }
  }
}
