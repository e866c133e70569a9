import Foundation
import Testing

/// `pleura label` as a person runs it.
@Suite struct LabelTests {
  private static let table = """
    accession,report
    A1,"Mrs ZZPHI: no pneumothorax."
    A2,"Possible left pneumothorax, ZZPHI."

    """

  @Test func labelsGoToTheFileAndCountsToStderr() throws {
    try Scratch.with("label") { scratch in
      let (reports, out) = (scratch.path + "/r.csv", scratch.path + "/labels.csv")
      try scratch.write(Array(Self.table.utf8), "r.csv")
      let run = try Program.run(
        "label", reports, "--findings", "pneumothorax", "--out", out, "--explain")
      #expect(run.code == 0, "\(run.all)")
      #expect(
        try String(contentsOfFile: out, encoding: .utf8)
          == "accession,pneumothorax\nA1,0\nA2,-1\n")
      #expect(run.errors.contains("pneumothorax: 0 positive, 1 negative, 1 uncertain"))
      #expect(run.output.contains("row 3, sentence 1: pneumothorax uncertain"))
      #expect(!run.all.contains("ZZPHI"))
      #expect(scratch.files() == ["labels.csv", "r.csv"])
    }
  }

  @Test func jsonIsOneObjectALine() throws {
    try Scratch.with("label") { scratch in
      try scratch.write(Array(Self.table.utf8), "r.csv")
      let run = try Program.run(
        "label", scratch.path + "/r.csv", "--json", "--explain", "--uncertain", "positive")
      #expect(run.code == 0)
      let types = try run.output.split(separator: "\n").map { line in
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return object?["type"] as? String
      }
      #expect(types == ["labels", "mention", "labels", "mention"])
      #expect(run.errors.contains("\"type\":\"counts\""))
    }
  }

  /// A damaged table leaves an old file as it was, and nothing of its text in the errors.
  @Test func damageIsRefusedWithoutValues() throws {
    try Scratch.with("label") { scratch in
      let (reports, out) = (scratch.path + "/r.csv", scratch.path + "/labels.csv")
      try scratch.write(Array((Self.table + "ZZPHI\n").utf8), "r.csv")
      try scratch.write(Array("old".utf8), "labels.csv")
      let run = try Program.run("label", reports, "--out", out)
      #expect(run.code == 1)
      #expect(run.errors.contains("field-count-differs-from-header, row 4, column 1"))
      #expect(!run.all.contains("ZZPHI") && !run.all.contains(scratch.path))
      #expect(try String(contentsOfFile: out, encoding: .utf8) == "old")
      #expect(scratch.files() == ["labels.csv", "r.csv"])
      #expect(try Program.run("label", scratch.path + "/none.csv").code == 1)
      #expect(try Program.run("label", reports, "--explain").code == 64)
      #expect(try Program.run("label", reports, "--part", "x").code == 64)
    }
  }

  /// Reports made for films of known truth come back as labels, but for what the texts say wrong.
  @Test func madeReportsAreLabelled() throws {
    try Scratch.with("made") { scratch in
      let truth =
        "StudyInstanceUID,pneumothorax\n"
        + (0..<200).map { "2.25.\($0),\($0 % 2)\n" }.joined()
      try scratch.write(Array(truth.utf8), "films.csv")
      let made = try Program.run(
        "phantom", "--reports-for", scratch.path + "/films.csv", "--seed", "4", "--error-rate",
        "0.1", "--doubt-rate", "0", "--out", scratch.path)
      #expect(made.code == 0, "\(made.all)")
      #expect(made.output.contains("200 reports\npneumothorax: 100 present, 100 absent; "))
      #expect(scratch.files() == ["films.csv", "reports.csv", "statements.csv"])
      let run = try Program.run(
        "label", scratch.path + "/reports.csv", "--findings", "pneumothorax")
      #expect(run.code == 0)
      func lines(_ text: String) -> [[Substring]] {
        text.split(separator: "\n").dropFirst().map {
          $0.split(separator: ",", omittingEmptySubsequences: false)
        }
      }
      let stated = lines(
        try String(contentsOfFile: scratch.path + "/statements.csv", encoding: .utf8))
      let labels = lines(run.output)
      #expect(labels.map { $0[0] } == stated.map { $0[0] })
      #expect(zip(labels, stated).count { $0[1] == $1[3] } >= 194)
      let wrong = stated.count { $0[2] != $0[3] }
      #expect((5...40).contains(wrong))
      #expect(made.output.contains("; \(wrong) said wrong, 0 left open"))
      #expect(
        try Program.run("phantom", "--seed", "1", "--error-rate", "0", "--out", "x").code == 64)
    }
  }

  @Test func theSentenceSetIsMeasured() throws {
    let list = Program.root.appendingPathComponent("Tests/ReportsTests/Vectors/sentences.csv").path
    let run = try Program.run("label", list, "--measure")
    #expect(run.code == 0)
    #expect(run.output.contains("development: ") && run.output.contains("held-out: "))
  }
}
