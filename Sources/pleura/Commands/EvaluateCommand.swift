import ArgumentParser
import Foundation
import Lungs
import Networks
import Tensors
import Training

/// `pleura evaluate`: what a model is worth on a labelled set, beside trivial baselines.
struct EvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measures a model on a labelled list of pictures or on fresh phantoms, as JSON.",
    discussion: """
      With --labels: a CSV with the columns file, the label, and where present split, mask, \
      lung_mask, patient_id. With --phantoms: so many synthetic pictures of --seed. Classifiers \
      give AUROC with its interval, the operating point, Dice of the map and the baselines; \
      lung models give Dice. Of a list, mask is the drawn lesion and lung_mask the drawn lungs; \
      pictures for CT models have 16 bits, HU + 1024.
      """)

  @Option(help: ArgumentHelp("Folder of the model package.", valueName: "dir"))
  var model: String
  @Option(help: ArgumentHelp("Labelled list.", valueName: "csv"))
  var labels: String?
  @Option(help: "Only rows of this split.")
  var split: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Only rows whose file begins with one of these.", valueName: "prefix"))
  var prefix: [String] = []
  @Option(help: "The label to judge (default: the model's first).")
  var label: String?
  @Option(help: ArgumentHelp("Fresh phantoms instead of a list.", valueName: "count"))
  var phantoms: Int?
  @Option(help: "Seed of the phantoms.")
  var seed: UInt64 = 777
  @Option(help: ArgumentHelp("Side of the phantoms.", valueName: "pixels"))
  var size = 256
  @OptionGroup var models: ModelOptions
  @Option(help: ArgumentHelp("Threads (default: one a core).", valueName: "n"))
  var threads: Int?

  func validate() throws {
    guard (labels == nil) != (phantoms == nil) else {
      throw ValidationError("give either --labels or --phantoms")
    }
    guard phantoms ?? 1 >= 1, threads ?? 1 >= 1, Recipe.sizes.contains(size) else {
      throw ValidationError(
        "--phantoms and --threads are at least 1, --size lies between 32 and 3072")
    }
  }

  func run() throws {
    try Failure.guarded {
      let package = try ModelPackage.load(model)
      let threads = threads ?? Parallel.defaultWidth
      let (source, root) = source(for: package.description)
      if package.description.task == .segmentation {
        let lungs = try InstalledLungs.load(
          (model as NSString).lastPathComponent, in: (model as NSString).deletingLastPathComponent)
        print(
          try LungEvaluation.run(lungs.model, on: source, corpusRoot: root, threads: threads).json()
        )
        return ExitCode.success
      }
      var options = Evaluation.Options(corpusRoot: root, threads: threads)
      if !source.isTomograph(modalities: package.description.modalities) {
        let lungs = try installedLungs(package.description.preparation)
        (options.lungs, options.lungModelDigest) = (lungs?.model, lungs?.digest)
      }
      print(
        try Evaluation.run(model: package, on: source, label: label, options: options).json())
      return ExitCode.success
    }
  }

  /// A model whose input does not depend on lungs is measured without them where none are
  /// installed; the report names the lung model, or none.
  private func installedLungs(
    _ preparation: ImagePreparation
  ) throws -> (model: RadiographLungs, digest: String)? {
    do {
      return try InstalledLungs.load("lungs-cxr", in: models.folder)
    } catch {
      if preparation.needsLungs { throw error }
      return nil
    }
  }

  private func source(for model: ModelDescription) -> (Recipe.Source, root: String?) {
    if let labels {
      let list = URL(fileURLWithPath: labels)
      var source = Recipe.Source(kind: .pictures, use: .validation)
      source.list = list.lastPathComponent
      source.split = split
      source.prefixes = prefix.isEmpty ? nil : prefix
      return (source, list.deletingLastPathComponent().path)
    }
    let tomograph = model.modalities.contains("CT")
    return (
      Recipe.Source(
        kind: tomograph ? .tomographPhantoms : .radiographPhantoms, use: .validation, seed: seed,
        count: phantoms, size: size), nil
    )
  }
}
