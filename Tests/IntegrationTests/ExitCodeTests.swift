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

  /// A folder of recipes is no package yet: it is passed over.
  @Test func modelsAreListedBesideFoldersOfRecipes() throws {
    try Scratch.with("models") { scratch in
      let manager = FileManager.default
      let shipped = Program.root.path + "/models/"
      try manager.createDirectory(
        atPath: scratch.path + "/planned", withIntermediateDirectories: true)
      try manager.copyItem(
        atPath: shipped + "pneumothorax/recipe-mini.json",
        toPath: scratch.path + "/planned/recipe-mini.json")
      let empty = try Program.run("model", "list", "--models", scratch.path, "--format", "json")
      #expect(empty.code == 0 && empty.output == "[]\n")
      for name in ["lesion-ct", "pneumothorax"] {
        try manager.copyItem(atPath: shipped + name, toPath: scratch.path + "/" + name)
      }
      let list = try Program.run("model", "list", "--models", scratch.path, "--format", "json")
      let rows = try JSONSerialization.jsonObject(with: Data(list.output.utf8))
      let models = try #require(rows as? [[String: Any]])
      #expect(list.code == 0)
      #expect(models.map { $0["name"] as? String } == ["lesion-ct", "pneumothorax"])
      #expect(models.map { $0["experimental"] as? Bool } == [nil, true])
      #expect(try Program.run("model", "verify", "--models", scratch.path).code == 0)
    }
  }

  /// Said at the start of a run, before there is anything to score.
  @Test func scoreNamesTheExperimentalModel() throws {
    try Scratch.with("codes") { scratch in
      let folder = scratch.path
      try FileManager.default.createDirectory(
        atPath: folder + "/in", withIntermediateDirectories: true)
      let common = [
        "score", folder + "/in", "--store", folder + "/s.sqlite", "--output", folder + "/out",
      ]
      let told = try Program.run(common)
      #expect(told.code == 0)
      #expect(told.notes.first?.hasPrefix("model pneumothorax ") == true)
      #expect(told.notes.first?.hasSuffix(" is experimental") == true)
      let line = try #require(try Program.run(common + ["--json"]).notes.first)
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      #expect(object?["type"] as? String == "model")
      #expect(object?["name"] as? String == "pneumothorax")
      #expect(object?["experimental"] as? Bool == true)
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
