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
      --without-pictures, on phantoms alone.
      """)

  @Argument(help: ArgumentHelp("recipe.json", valueName: "recipe"))
  var recipe: String
  @Option(help: ArgumentHelp("Folder for checkpoint, log and model.", valueName: "dir"))
  var out: String
  @Option(help: ArgumentHelp("Folder that picture lists are relative to.", valueName: "dir"))
  var corpus: String?
  @Flag(help: "Leave out the recipe's pictures: phantoms alone make another model.")
  var withoutPictures = false
  @OptionGroup var models: ModelOptions
  @Option(help: ArgumentHelp("Threads (default: one a core).", valueName: "n"))
  var threads: Int?
  @Option(help: ArgumentHelp("Stop after so many epochs of this call.", valueName: "n"))
  var epochLimit: Int?

  func validate() throws {
    guard threads ?? 1 >= 1, epochLimit ?? 1 >= 1 else {
      throw ValidationError("--threads and --epoch-limit are at least 1")
    }
  }

  func run() throws {
    try Failure.guarded {
      let recipe = try Recipe.load(path: recipe)
      var options = TrainingRun.Options(
        corpusRoot: corpus,
        threads: threads ?? Parallel.defaultWidth, epochLimit: epochLimit)
      options.withoutPictures = withoutPictures
      if let name = recipe.lungModel {
        let lungs = try InstalledLungs.load(name, in: models.folder)
        (options.lungs, options.lungModelDigest) = (lungs.model, lungs.digest)
      }
      let stop = Stop()
      stop.listenToSignals()
      let started = Date()
      let model = try TrainingRun(recipe: recipe, options: options, out: out).run(
        progress: { report in
          let spent = Date().timeIntervalSince(started)
          let left = Double(recipe.epochs - report.epoch) * report.seconds
          StatusPrinter.write(
            String(format: "epoch %d/%d loss %.4f", report.epoch, recipe.epochs, report.loss)
              + ", \(StatusPrinter.duration(spent)) gone, \(StatusPrinter.duration(left)) left\n")
          for (name, value) in report.metrics.sorted(by: { $0.key < $1.key }) {
            StatusPrinter.write(
              String(format: "  %.3f [%.3f, %.3f] ", value.value, value.lower, value.upper)
                + name + "\n")
          }
        }, shouldStop: { stop.isRequested })
      if let model {
        print("\(model.description.name) \(model.description.version) \(model.digest)")
        return ExitCode.success
      }
      StatusPrinter.write("stopped; the same command goes on\n")
      return stop.exitCode.map { ExitCode($0) } ?? ExitCode.success
    }
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
