import Foundation
import Testing

/// Patient data in every field, and in the path: none of it may leave by a stream, a name, a
/// picture or a reason file.
@Suite struct CanaryTests {
  /// Every value that holds patient data begins with it.
  private static let canary = "ZZPHI"

  private static func film(_ number: Int) -> HostileFile {
    .image(
      HostileFile.radiograph, modality: "DX", number: 100 + number, side: 64,
      extra: {
        $0.text(0x0008, 0x0050, "SH", "ZZPHI-ACC\(number)")
        $0.text(0x0008, 0x0080, "LO", "ZZPHI Hospital")
        $0.text(0x0008, 0x0090, "PN", "ZZPHI^Referrer")
        $0.text(0x0008, 0x1030, "LO", "ZZPHI study description")
        $0.text(0x0008, 0x103E, "LO", "ZZPHI series description")
        $0.text(0x0008, 0x1050, "PN", "ZZPHI^Performer")
        $0.text(0x0010, 0x0010, "PN", "ZZPHI^NAME\(number)")
        $0.text(0x0010, 0x0020, "LO", "ZZPHI-ID\(number)")
        $0.text(0x0010, 0x1040, "LO", "ZZPHI Street 7")
        $0.text(0x0010, 0x4000, "LT", "ZZPHI comment")
        $0.text(0x0018, 0x0015, "CS", "CHEST")
        $0.text(0x0018, 0x1030, "LO", "ZZPHI protocol")
        $0.text(0x0018, 0x5101, "CS", "PA")
      })
  }

  /// Three films, the second of them cut, and one whose UID is a name.
  private func fill(_ scratch: Scratch) throws -> String {
    let folder = "ZZPHI-ward/ZZPHI^NAME"
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/" + folder, withIntermediateDirectories: true)
    for number in 1...3 {
      let whole = Self.film(number).file
      try scratch.write(
        number == 2 ? Array(whole.dropLast(64)) : whole, folder + "/ZZPHI-\(number).dcm")
    }
    var named = HostileFile()
    named.text(0x0008, 0x0016, "UI", HostileFile.radiograph)
    named.text(0x0008, 0x0018, "UI", "ZZPHI.7")
    named.bytes += Self.film(4).bytes
    try scratch.write(named.file, folder + "/ZZPHI-4.dcm")
    return scratch.path + "/" + folder
  }

  private func isSilent(_ outcome: Program.Outcome, _ command: String) {
    #expect(!outcome.all.contains(Self.canary), "\(command): \(outcome.all)")
    #expect(!outcome.all.isEmpty, "\(command)")
  }

  @Test(arguments: [[], ["--json"]])
  func nothingOfAPatientLeaves(flags: [String]) throws {
    try Scratch.with("canary") { scratch in
      let folder = try fill(scratch)
      let places = [
        "--store", scratch.path + "/s.sqlite", "--output", scratch.path + "/out",
      ]
      let scored = try Program.run(["score", folder] + flags + places)
      #expect(scored.code == 3, "\(scored.all)")
      isSilent(scored, "score")
      let audit = try Program.run(["audit", "--balance"] + places)
      #expect(audit.code == 0 && audit.output.contains("4 files = 2 scored"), "\(audit.all)")
      isSilent(audit, "audit")
      isSilent(try Program.run(["inspect", folder]), "inspect")
      for number in 1...4 {
        let path = folder + "/ZZPHI-\(number).dcm"
        let why = try Program.run(["why", path] + places)
        #expect(why.code == 0 && why.output.hasPrefix("file "), "\(why.all)")
        isSilent(why, "why")
      }
      isSilent(try Program.run(["why", "2.25.7.101"] + places), "why of a study")
      isSilent(try Program.run(["why", folder + "/ZZPHI-9.dcm"] + places), "why of no file")
      try outputIsSilent(scratch)
    }
  }

  /// Names of files and folders, and what is in previews and reason files. DICOM objects carry the
  /// patient by purpose (docs/threat-model.md).
  private func outputIsSilent(_ scratch: Scratch) throws {
    let names =
      FileManager.default.enumerator(atPath: scratch.path + "/out")?
      .compactMap { $0 as? String } ?? []
    #expect(!names.contains { $0.contains(Self.canary) }, "\(names)")
    let previews = names.filter { $0.hasSuffix(".png") }
    let reasons = names.filter { $0.hasSuffix(".json") }
    #expect(previews.count == 2 && reasons.count == 2, "\(names)")
    for name in previews + reasons {
      let data = try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/out/" + name))
      #expect(data.range(of: Data(Self.canary.utf8)) == nil, "\(name)")
    }
  }

  /// Failures that end a run name the class of a path, never the path.
  @Test func failuresAreSilent() throws {
    try Scratch.with("canary") { scratch in
      let folder = try fill(scratch)
      let store = scratch.path + "/ZZPHI-store.sqlite"
      isSilent(try Program.run("audit", "--store", store), "audit without store")
      try scratch.write(Array("no database".utf8), "ZZPHI-store.sqlite")
      isSilent(
        try Program.run(
          "score", folder, "--store", store, "--output", scratch.path + "/ZZPHI-out"),
        "score into a foreign file")
      let blocked = try Program.run(
        "score", folder, "--store", scratch.path + "/s.sqlite", "--output", store + "/out")
      #expect(blocked.code == 1, "\(blocked.all)")
      isSilent(blocked, "score into a folder that cannot be made")
      isSilent(
        try Program.run("score", folder, "--models", folder, "--store", store),
        "score without models")
    }
  }
}
