import ArgumentParser
import Foundation
import Graphs
import Imaging
import Networks
import Tensors

/// `pleura engine`: networks by themselves, for measuring and for exchange.
struct EngineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "engine",
    abstract: "Runs, trains and exports networks by themselves, and says what it costs.",
    subcommands: [Run.self, Train.self, Export.self])

  /// How often, on how many threads, and with which numbers.
  struct RunOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Threads of one run.", valueName: "n"))
    var threads = 1
    @Option(help: ArgumentHelp("How often it runs.", valueName: "n"))
    var repeats = 1
    @Flag(help: "Runs once for each line \"run\" on stdin, until \"quit\".")
    var interactive = false
    @Option(help: "Seed of random weights and inputs.")
    var seed: UInt64 = 1

    var loop: EngineLoop { EngineLoop(interactive: interactive, repeats: repeats) }

    func validate() throws {
      guard (1...128).contains(threads), repeats >= 1 else {
        throw ValidationError("--threads lies between 1 and 128, --repeats is at least 1")
      }
    }
  }

  static func source(_ text: String, bareNames: Bool = false) throws -> EngineSource {
    guard let source = EngineSource(text, bareNames: bareNames) else {
      let names = NamedNetwork.allCases.map(\.rawValue).joined(separator: ", ")
      throw ValidationError("a named network is net:NAME or net:NAME:CxHxW, NAME of \(names)")
    }
    return source
  }
}

extension EngineCommand {
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a network as an ONNX file.",
      discussion: "A named network has seeded random weights.")

    @Argument(
      help: ArgumentHelp("A named network, NAME or net:NAME:CxHxW, or an ONNX file to rewrite."))
    var model: String
    @Option(help: ArgumentHelp("The file to write.", valueName: "onnx"))
    var output: String
    @Option(help: "Pictures of a batch.")
    var batch = 1
    @Option(help: "Logits of a named network.")
    var logits = 1
    @Option(help: "Seed of random weights.")
    var seed: UInt64 = 1

    func validate() throws {
      _ = try EngineCommand.source(model, bareNames: true)
      guard (1...1024).contains(batch), (1...4096).contains(logits) else {
        throw ValidationError("--batch lies between 1 and 1024, --logits between 1 and 4096")
      }
    }

    func run() throws {
      try Failure.guarded {
        let source = try EngineCommand.source(model, bareNames: true)
        let model = try EngineModel(
          source, shapes: [:], batch: batch > 1 ? batch : nil, logits: logits, seed: seed)
        try AtomicFile.write(model.encoded(), to: output)
        return ExitCode.success
      }
    }
  }
}
