import ArgumentParser
import Foundation
import Graphs
import Tensors

extension EngineCommand {
  struct Run: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs a network and prints the cost of each run, one JSON object a line.",
      discussion: """
        Without --input the network gets seeded random numbers. A line "loaded" tells how long it \
        took until the first run could begin, and the bytes of tensors alive at the worst moment; \
        a line "run" the seconds of wall and processor time of each run.
        """)

    @Argument(
      help: ArgumentHelp(
        "An ONNX file, or net:NAME or net:NAME:CxHxW, a named network with random weights."))
    var model: String
    @Option(help: ArgumentHelp("Tensors by the names of the inputs.", valueName: "safetensors"))
    var input: String?
    @Option(
      help: ArgumentHelp("Where the outputs of the last run go.", valueName: "safetensors"))
    var output: String?
    @Option(
      help: ArgumentHelp(
        "Shape of an input that the file leaves open; may be repeated (default: that of --input).",
        valueName: "name=NxCxHxW"))
    var shape: [String] = []
    @Option(help: ArgumentHelp("Replaces the first extent of every input.", valueName: "n"))
    var batch: Int?
    @Option(help: "Logits of a named network.")
    var logits = 1
    @Flag(help: "Direct convolutions only: nothing that rounds otherwise.")
    var exact = false
    @Flag(
      help: "Larger Winograd tiles where they are faster: thrice the rounding errors, more memory.")
    var fast = false
    @Flag(help: "Every operator by its plain form: no rewriting, no kernels of our own.")
    var portable = false
    @Flag(help: "Stops at the first value that is no finite number.")
    var checkNumerics = false
    @Option(help: ArgumentHelp("The most memory of tensors alive at once.", valueName: "bytes"))
    var maxMemory: Int?
    @Flag(help: "Prints the graph before and after planning and its peak bytes; runs nothing.")
    var plan = false
    @OptionGroup var options: RunOptions

    func validate() throws {
      guard !(exact && fast) else {
        throw ValidationError("--exact and --fast exclude each other")
      }
      _ = try EngineCommand.source(model)
      _ = try shapes()
      guard (1...1024).contains(batch ?? 1), (1...4096).contains(logits), maxMemory ?? 1 >= 1
      else {
        throw ValidationError(
          "--batch lies between 1 and 1024, --logits between 1 and 4096, --max-memory is at least 1"
        )
      }
    }

    private func shapes() throws -> [String: Shape] {
      var shapes: [String: Shape] = [:]
      for text in shape {
        // The last "=": names of inputs are free.
        guard let mark = text.lastIndex(of: "="), mark > text.startIndex,
          let dims = EngineSource.dims(String(text[text.index(after: mark)...]))
        else { throw ValidationError("--shape is name=1x3x512x512") }
        shapes[String(text[..<mark])] = Shape(dims)
      }
      return shapes
    }

    func run() throws {
      try Failure.guarded {
        let clock = EngineClock()
        let given = try input.map { try Safetensors.read($0).parameters }
        let (planned, inputs) = try planned(given)
        guard !plan else { return ExitCode.success }
        try EngineLines.write(
          EngineLines.Loaded(
            milliseconds: clock.wall * 1000, peakBytes: planned.plan.peakBytes,
            preparedBytes: planned.plan.preparedBytes, parameters: planned.parameterCount,
            threads: options.threads))
        var results: [String: Tensor] = [:]
        try options.loop.serve {
          // The last results do not stay beside the new ones.
          results = [:]
          results = try planned.run(inputs)
          return nil
        }
        if let output { try Safetensors.write(Parameters(results), to: output) }
        return ExitCode.success
      }
    }

    /// The plan and what goes in. The model itself is gone then: it would stay in memory beside
    /// the packed weights.
    private func planned(_ given: Parameters?) throws -> (EnginePlan, [String: Tensor]) {
      let model = try load(given)
      let planned = try EnginePlan(
        model,
        options: PlanOptions(
          convolutions: exact ? .exact : fast ? .fast : .standard, portable: portable,
          checkNumerics: checkNumerics, memoryLimit: maxMemory),
        threads: options.threads)
      if plan {
        try EngineLines.write("graph\n\(model.graph)")
        try EngineLines.write("plan\n\(planned.plan)")
        try EngineLines.write("peak \(planned.plan.peakBytes) bytes")
        return (planned, [:])
      }
      guard let given else { return (planned, model.randomInputs(seed: options.seed)) }
      return (planned, model.inputs(from: given))
    }

    private func load(_ given: Parameters?) throws -> EngineModel {
      var shapes = try shapes()
      for name in given?.names ?? [] where shapes[name] == nil {
        shapes[name] = given?[name]?.shape
      }
      return try EngineModel(
        EngineCommand.source(model), shapes: shapes, batch: batch, logits: logits,
        seed: options.seed)
    }
  }
}
