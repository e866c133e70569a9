import ArgumentParser
import Foundation
import Lungs
import Networks
import Pipelines
import Tensors
import Training

/// `pleura train`: a model from a recipe.
struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Trains a model package from a recipe (JSON), resumable after any stop.",
    discussion: """
      The folder given by --out holds the checkpoint, log.jsonl and, at the end, the model package. \
      The same command after a stop goes on and ends with the same bits. Picture lists of the \
      recipe are relative to --corpus; without one, a recipe with pictures trains only by \
      --without-pictures, on phantoms alone. RECIPE is a file, or the name of an installed model, \
      whose recipe is then taken: "pneumothorax" is the three-step method.
      """)

  @Argument(
    help: ArgumentHelp("recipe.json, or the name of an installed model", valueName: "recipe"))
  var recipe: String
  @Option(
    help: ArgumentHelp(
      "Another recipe of that model: recipe-NAME.json, such as mini or full.", valueName: "name"))
  var config: String?
  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Change a field of the recipe: a.b.c=JSON; null takes it out.", valueName: "field=value"))
  var set: [String] = []
  @Option(help: ArgumentHelp("Folder for checkpoint, log and model.", valueName: "dir"))
  var out: String?
  @Option(help: ArgumentHelp("Folder that picture lists are relative to.", valueName: "dir"))
  var corpus: String?
  @OptionGroup var given: DataOptions
  @Flag(help: "Leave out the recipe's pictures: phantoms alone make another model.")
  var withoutPictures = false
  @OptionGroup var models: ModelOptions
  @Option(help: ArgumentHelp("Threads (default: one a core).", valueName: "n"))
  var threads: Int?
  @Option(help: ArgumentHelp("Stop after so many epochs of this call.", valueName: "n"))
  var epochLimit: Int?
  @Option(
    help: ArgumentHelp(
      "Train nothing: time so many steps of each part of a chain, as JSON, and project the run; "
        + "0 says what memory the training steps plan to take.",
      valueName: "steps"))
  var probe: Int?
  @Option(
    help: ArgumentHelp(
      "The only part that a probe measures: \(ProbePart.names).", valueName: "part"))
  var probePart: ProbePart?
  @Flag(
    help: "Instead of steps, run that part once for each line \"run\" on stdin, until \"quit\".")
  var interactive = false
  @Option(help: "Positive training pictures that a probe projects for.")
  var positives = 2379

  func validate() throws {
    guard threads ?? 1 >= 1, epochLimit ?? 1 >= 1, probe ?? 0 >= 0, positives >= 1 else {
      throw ValidationError(
        "--threads, --epoch-limit and --positives are at least 1, --probe at least 0")
    }
    guard probePart == nil || probe != nil, !interactive || probePart != nil else {
      throw ValidationError("--probe-part goes with --probe, --interactive with --probe-part")
    }
    guard (out == nil) == (probe != nil) else {
      throw ValidationError("give either --out or --probe")
    }
  }

  func run() throws {
    try Failure.guarded {
      let file = try RecipeFile(
        recipe, configuration: config, models: models.folder, changes: set)
      if let probe {
        try measure(file.chain(), steps: probe)
        return ExitCode.success
      }
      let stop = Stop()
      stop.listenToSignals()
      let out = out ?? "."
      if file.isTiles {
        let figures = try train(file.tiles(), to: out, stop)
        if figures == nil { StatusPrinter.write("stopped; the same command goes on\n") }
        return figures == nil
          ? stop.exitCode.map { ExitCode($0) } ?? ExitCode.success : ExitCode.success
      }
      let model = try train(file, to: out, stop)
      if let model {
        if model.description.task == .classification, model.description.operatingPoint == nil {
          StatusPrinter.write(
            "no operating point: on the validation pictures the classifier is no better than "
              + "chance, or they are of one class; score will refuse this model\n")
        }
        print("\(model.description.name) \(model.description.version) \(model.digest)")
        return ExitCode.success
      }
      StatusPrinter.write("stopped; the same command goes on\n")
      return stop.exitCode.map { ExitCode($0) } ?? ExitCode.success
    }
  }

  private func measure(_ recipe: ChainRecipe, steps: Int) throws {
    let probe = TrainingProbe(steps: steps, positives: positives, part: probePart?.part)
    let threads = threads ?? Parallel.defaultWidth
    if interactive, let part = probePart?.part {
      try probe.serve(part, of: recipe, threads: threads)
    } else {
      try probe.run(recipe, threads: threads)
    }
  }

  private func options(
    lungModel: String?, for recipe: Recipe, to out: String
  ) throws -> TrainingRun.Options {
    var options = TrainingRun.Options(
      corpusRoot: corpus, threads: threads ?? Parallel.defaultWidth, epochLimit: epochLimit)
    options.withoutPictures = withoutPictures
    options.rules = given.rules
    options.cacheFolder = given.cache ?? out + "/cache"
    options.data = try given.open(for: recipe, threads: options.threads)
    if let lungModel {
      let lungs = try InstalledLungs.load(lungModel, in: models.folder)
      (options.lungs, options.lungModelDigest) = (lungs.model, lungs.digest)
    }
    return options
  }

  private func train(_ file: RecipeFile, to out: String, _ stop: Stop) throws -> ModelPackage? {
    if file.isMixture { return try train(file.mixture(), to: out, stop) }
    if file.isDecomposition { return try train(file.decomposition(), to: out, stop) }
    if file.isNodules { return try train(file.nodules(), to: out, stop) }
    return file.isChain
      ? try train(file.chain(), to: out, stop) : try train(file.recipe(), to: out, stop)
  }

  private func train(_ recipe: MixedRecipe, to out: String, _ stop: Stop) throws -> ModelPackage? {
    let status = TrainingStatus()
    return try MixedRun(
      recipe: recipe,
      options: try options(
        lungModel: recipe.lungModel, for: recipe.classifierRecipe(), to: out),
      out: out
    ).run(progress: { status.show($0) }, shouldStop: { stop.isRequested })
  }

  private func train(
    _ recipe: DecompositionRecipe, to out: String, _ stop: Stop
  ) throws -> ModelPackage? {
    let status = TrainingStatus()
    return try DecompositionRun(
      recipe: recipe,
      options: try options(lungModel: nil, for: recipe.classifierRecipe(), to: out), out: out
    ).run(progress: { status.show($0) }, shouldStop: { stop.isRequested })
  }

  private func train(_ recipe: NoduleRecipe, to out: String, _ stop: Stop) throws -> ModelPackage? {
    let status = TrainingStatus()
    return try NoduleRun(
      recipe: recipe,
      options: try options(lungModel: nil, for: recipe.classifierRecipe(), to: out), out: out
    ).run(progress: { status.show($0) }, shouldStop: { stop.isRequested })
  }

  private func train(_ recipe: TileRecipe, to out: String, _ stop: Stop) throws -> [TileFigures]? {
    let status = TrainingStatus()
    return try TileRun(
      recipe: recipe,
      options: try options(lungModel: nil, for: recipe.recipe(), to: out), out: out
    ).run(progress: { status.show($0) }, shouldStop: { stop.isRequested })
  }

  private func train(_ recipe: Recipe, to out: String, _ stop: Stop) throws -> ModelPackage? {
    let status = TrainingStatus()
    return try TrainingRun(
      recipe: recipe,
      options: try options(
        lungModel: recipe.lungModel, for: recipe, to: out),
      out: out
    ).run(
      progress: { status.epoch($0, of: recipe.epochs) }, preparing: status.prepared,
      data: status.data, shouldStop: { stop.isRequested })
  }

  private func train(_ recipe: ChainRecipe, to out: String, _ stop: Stop) throws -> ModelPackage? {
    let status = TrainingStatus()
    return try ChainRun(
      recipe: recipe,
      options: try options(
        lungModel: recipe.lungModel, for: recipe.classifierRecipe(), to: out),
      out: out
    ).run(progress: { status.show($0) }, shouldStop: { stop.isRequested })
  }
}

/// A part of a chain as an option.
struct ProbePart: ExpressibleByArgument {
  let part: ChainProbe.Part

  init?(argument: String) {
    guard let part = ChainProbe.Part(rawValue: argument) else { return nil }
    self.part = part
  }

  static var names: String {
    ChainProbe.Part.allCases.map(\.rawValue).joined(separator: ", ")
  }
}

/// Lung models by name below the models folder.
enum InstalledLungs {
  static func load(
    _ name: String, in folder: String
  ) throws -> (model: RadiographLungs, digest: String) {
    let package = try ModelPackage.load(folder + "/" + name)
    return (try RadiographLungs(model: package), package.digest)
  }
}
