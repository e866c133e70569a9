import Foundation
import Testing

/// The exit codes of docs/cli.md, asked of the built program.
struct ExitCodeTests {
  @Test func versionAndUsage() throws {
    let version = try Program.run("--version")
    #expect(version.code == 0 && version.output.hasPrefix("0."))
    #expect(try Program.run("score").code == 64)
    #expect(try Program.run("findings", "--from", "yesterday").code == 64)
  }

  @Test(arguments: [
    ["phantom", "--seed", "1", "--out", "x", "--slices", "1"],
    ["evaluate", "--model", "x", "--phantoms", "0"],
    ["evaluate", "--model", "x", "--phantoms", "1", "--size", "31"],
    ["evaluate", "--model", "x", "--phantoms", "1", "--threads", "0"],
    ["evaluate", "--model", "x", "--phantoms", "1", "--prevalence", "1"],
    ["train", "x.json", "--out", "x", "--threads", "0"],
    ["train", "x.json", "--out", "x", "--epoch-limit", "0"],
    ["model", "calibrate-series", "x", "--seed", "1", "--count", "3"],
    ["model", "calibrate-series", "x", "--seed", "1", "--slices", "1"],
    ["model", "calibrate-series", "x", "--seed", "1", "--sensitivity", "1"],
  ])
  func sizesOutOfBoundsAreRefused(_ arguments: [String]) throws {
    #expect(try Program.run(arguments).code == 64)
  }

  @Test func missingStoreEndsWithTen() throws {
    try Scratch.with("codes") { scratch in
      let folder = scratch.path
      let result = try Program.run("worklist", "--store", folder + "/none.sqlite")
      #expect(result.code == 10)
      #expect(result.all.contains("store-missing"))
      #expect(!result.all.contains(folder))
    }
  }

  @Test func missingModelEndsWithTwelve() throws {
    try Scratch.with("codes") { scratch in
      let folder = scratch.path
      let result = try Program.run(
        "score", folder, "--models", folder, "--store", folder + "/s.sqlite", "--output",
        folder + "/out")
      #expect(result.code == 12)
      #expect(result.all.contains("model-missing"))
    }
  }

  @Test func foreignStoreIsLeftAlone() throws {
    try Scratch.with("codes") { scratch in
      let folder = scratch.path
      let store = folder + "/s.sqlite"
      try Data("not a database, but somebody's file".utf8).write(to: URL(fileURLWithPath: store))
      #expect(try Program.run("findings", "--store", store).code == 10)
      #expect(
        try String(contentsOfFile: store, encoding: .utf8) == "not a database, but somebody's file")
    }
  }
}
