import Foundation
import Graphs
import Tensors
import Testing

/// `pleura engine` of the built program.
struct EngineTests {
  private struct Line: Decodable {
    let type: String
    let wall: Double?
    let cpu: Double?
    let loss: Float?
    let peakBytes: Int?
    let parameters: Int?
  }

  private static let small = "net:resnet18:1x64x64"

  private func lines(_ outcome: Program.Outcome) throws -> [Line] {
    try outcome.output.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  private func outputs(_ path: String) throws -> Parameters {
    try Safetensors.read(path).parameters
  }

  @Test func exportedNetworkComputesTheSame() throws {
    try Scratch.with("engine") { scratch in
      let (model, own) = (scratch.path + "/model.onnx", scratch.path + "/own.safetensors")
      let read = scratch.path + "/read.safetensors"
      let flags = ["--seed", "7", "--output"]
      let first = try Program.run(
        ["engine", "run", Self.small, "--logits", "3"] + flags + [own])
      try #require(first.code == 0, "\(first.errors)")
      let export = try Program.run(
        ["engine", "export", Self.small, "--logits", "3"] + flags + [model])
      try #require(export.code == 0, "\(export.errors)")
      let second = try Program.run(["engine", "run", model] + flags + [read])
      try #require(second.code == 0, "\(second.errors)")
      let (a, b) = (try outputs(own), try outputs(read))
      let (ours, theirs) = (try #require(a["logits"]), try #require(b["logits"]))
      #expect(ours.shape == [1, 3] && theirs.shape == [1, 3])
      let scale = try #require(ours.values.map(abs).max())
      #expect(scale > 0)
      for (x, y) in zip(ours.values, theirs.values) { #expect(abs(x - y) <= 1e-5 * scale) }
    }
  }

  @Test func eachLineOnStdinRunsOnce() throws {
    let arguments = ["engine", "run", Self.small, "--interactive"]
    let outcome = try Program.run(arguments, input: "run\nrun\nquit\nrun\n")
    try #require(outcome.code == 0, "\(outcome.errors)")
    let lines = try lines(outcome)
    #expect(lines.map(\.type) == ["loaded", "run", "run"])
    #expect(try #require(lines.first?.peakBytes) > 0)
    #expect(lines.dropFirst().allSatisfy { ($0.wall ?? 0) > 0 && ($0.cpu ?? 0) > 0 })
    let wrong = try Program.run(arguments, input: "walk\n")
    #expect(wrong.code == 1 && wrong.errors.contains("engine-unknown-command"))
  }

  @Test func batchReplacesTheFirstExtent() throws {
    try Scratch.with("engine") { scratch in
      let path = scratch.path + "/out.safetensors"
      let outcome = try Program.run(
        "engine", "run", Self.small, "--batch", "3", "--output", path, "--repeats", "2")
      try #require(outcome.code == 0, "\(outcome.errors)")
      #expect(try lines(outcome).count == 3)
      #expect(try outputs(path)["logits"]?.shape == [3, 1])
    }
  }

  @Test func stepsLowerTheLossWithAnyThreads() throws {
    let arguments = [
      "engine", "train", "resnet18", "--batch", "4", "--size", "64", "--logits", "3",
      "--repeats", "6", "--threads",
    ]
    let one = try Program.run(arguments + ["1"])
    try #require(one.code == 0, "\(one.errors)")
    let losses = try lines(one).compactMap(\.loss)
    #expect(losses.count == 6)
    #expect(try #require(losses.last) < 0.9 * (try #require(losses.first)))
    let two = try Program.run(arguments + ["2"])
    #expect(try lines(two).compactMap(\.loss) == losses)
  }

  @Test func planIsPrintedWithItsPeak() throws {
    let outcome = try Program.run("engine", "run", Self.small, "--plan")
    try #require(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output.hasPrefix("graph\n%0 = input image : 1x1x64x64\n"))
    #expect(outcome.output.contains("\nplan\n"))
    let peak = try #require(outcome.output.split(separator: "\n").last?.split(separator: " "))
    #expect(peak.count == 3 && peak[0] == "peak" && (Int(peak[1]) ?? 0) > 0)
  }

  @Test func fastRunsLargerTilesAndComputesTheSame() throws {
    try Scratch.with("engine") { scratch in
      let network = "net:resnet18:1x192x192"
      let plan = try Program.run("engine", "run", network, "--fast", "--plan")
      #expect(plan.code == 0 && plan.output.contains("conv winograd6"))
      var results: [[Float]] = []
      for flag in ["--exact", "--fast"] {
        let path = scratch.path + "/\(flag).safetensors"
        let outcome = try Program.run("engine", "run", network, flag, "--output", path)
        try #require(outcome.code == 0, "\(outcome.errors)")
        results.append(try #require(try outputs(path)["logits"]).values)
      }
      #expect(abs(results[0][0] - results[1][0]) <= 1e-3 * abs(results[0][0]))
    }
  }

  @Test func memoryThatIsTooLittleIsRefused() throws {
    let outcome = try Program.run("engine", "run", Self.small, "--max-memory", "1")
    #expect(outcome.code == 1 && outcome.output.isEmpty)
    #expect(outcome.errors.contains("memory-limit"))
  }

  @Test func weightsOfAnotherNetworkAreRefused() throws {
    try Scratch.with("engine") { scratch in
      let path = scratch.path + "/weights.safetensors"
      try Safetensors.write(Parameters(["fc.weight": Tensor(zeros: [1, 2])]), to: path)
      let outcome = try Program.run("engine", "train", "resnet18", "--weights", path)
      #expect(outcome.code == 1)
      #expect(outcome.errors.contains("engine-weights-of-another-network"))
    }
  }

  @Test func fileThatIsNoNetworkEndsWithTwelve() throws {
    try Scratch.with("engine") { scratch in
      try scratch.write(Array("not a network, but somebody's file".utf8), "model.onnx")
      let outcome = try Program.run("engine", "run", scratch.path + "/model.onnx")
      #expect(outcome.code == 12)
      #expect(!outcome.all.contains("somebody") && !outcome.all.contains(scratch.path))
    }
  }

  @Test(arguments: [
    ["run", "net:nothing"],
    ["run", "net:resnet18:3x64"],
    ["run", "net:resnet18:3x0x64"],
    ["run", "net:resnet18:3x64x64:1"],
    ["run", "net:resnet18", "--shape", "image"],
    ["run", "net:resnet18", "--shape", "image=1x3xwide"],
    ["run", "net:resnet18", "--threads", "0"],
    ["run", "net:resnet18", "--repeats", "0"],
    ["run", "net:resnet18", "--batch", "0"],
    ["run", "net:resnet18", "--max-memory", "0"],
    ["run", "net:resnet18", "--exact", "--fast"],
    ["train", "nothing"],
    ["train", "resnet18", "--size", "0"],
    ["train", "resnet18", "--momentum", "1"],
    ["train", "resnet18", "--rate", "0"],
    ["export", "resnet18"],
  ])
  func usageIsSixtyFour(_ arguments: [String]) throws {
    #expect(try Program.run(["engine"] + arguments).code == 64)
  }
}
