import ArgumentParser
import Foundation
import Graphs
import Networks
import Tensors

extension EngineCommand {
  struct Train: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs training steps on one batch and prints the cost and loss of each.",
      discussion: """
        One step is forward, loss, backward, an update by gradient descent with momentum, and the \
        running statistics. Networks with several logits a picture learn classes by softmax \
        cross-entropy, others by binary cross-entropy.
        """)

    @Argument(help: "A named network.")
    var name: String
    @Option(help: "Pictures of the batch.")
    var batch = 8
    @Option(help: ArgumentHelp("Side of the pictures.", valueName: "pixels"))
    var size = 256
    @Option(help: "Channels of the pictures.")
    var channels = 3
    @Option(help: "Logits.")
    var logits = 1
    @Option(help: "Rate of the updates.")
    var rate = 0.01
    @Option(help: "Momentum of the updates.")
    var momentum = 0.9
    @Option(
      help: ArgumentHelp(
        "Initial weights by their names (default: random).", valueName: "safetensors"))
    var weights: String?
    @Option(
      help: ArgumentHelp(
        "The tensors image and target (default: random).", valueName: "safetensors"))
    var input: String?
    @OptionGroup var options: RunOptions

    func validate() throws {
      guard NamedNetwork(rawValue: name) != nil else {
        let names = NamedNetwork.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("a named network is one of \(names)")
      }
      guard (1...1024).contains(batch), (1...4096).contains(size), (1...64).contains(channels),
        (1...4096).contains(logits), rate > 0, rate.isFinite, (0..<1).contains(momentum)
      else {
        throw ValidationError(
          "--batch lies between 1 and 1024, --size and --logits between 1 and 4096, --channels "
            + "between 1 and 64, --momentum between 0 and 1; --rate is above 0")
      }
    }

    func run() throws {
      try Failure.guarded {
        let clock = EngineClock()
        guard let network = NamedNetwork(rawValue: name) else { throw ExitCode.validationFailure }
        var training = try EngineTraining(
          EngineTraining.Settings(
            network: network, batch: batch, channels: channels, size: size, outputs: logits,
            rate: rate, momentum: momentum, seed: options.seed, threads: options.threads),
          weights: weights.map { try Safetensors.read($0).parameters })
        let given = try input.map { try Safetensors.read($0).parameters }
        var inputs = training.randomBatch()
        if let given {
          for name in inputs.keys { inputs[name] = given[name] }
        }
        try EngineLines.write(
          EngineLines.Loaded(
            milliseconds: clock.wall * 1000, peakBytes: training.plan.peakBytes,
            preparedBytes: training.plan.preparedBytes,
            parameters: training.weights.count, threads: options.threads))
        try options.loop.serve { try training.step(inputs) }
        return ExitCode.success
      }
    }
  }
}
