import ArgumentParser
import Foundation
import Imaging
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
      With --labels: a CSV with the columns file, the label by its name or "label", and where \
      present split, mask, lung_mask, patient_id; other columns can be strata. With --phantoms: so \
      many synthetic pictures of --seed. Classifiers give AUROC, the operating point, overlap of \
      the map with drawn lesions and the baselines, all with intervals; lung models give Dice. Of \
      a list, mask is the drawn lesion and lung_mask the drawn lungs; pictures for CT models have \
      16 bits, HU + 1024. docs/evaluation.md defines every figure.
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
  @Option(
    help: ArgumentHelp(
      "Lung model: a folder, or a name in the models folder (lungs-radiograph where installed).",
      valueName: "model"))
  var lungs: String?
  @Option(
    help: ArgumentHelp("Prevalence for PPV and NPV (default: that of the set).", valueName: "p"))
  var prevalence: Double?
  @Option(
    help: ArgumentHelp(
      "Columns to cut the set by, comma-separated (default: view, sex, age, device).",
      valueName: "columns"))
  var strata: String?
  @Option(help: ArgumentHelp("Also write a report as one HTML file.", valueName: "file"))
  var html: String?
  @Option(
    name: .customLong("maps-page"),
    help: ArgumentHelp(
      "Also write every positive film with the maps of each method, as one HTML file.",
      valueName: "file"))
  var mapsPage: String?
  @Flag(help: "JSON on one line.")
  var json = false
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
    guard prevalence.map({ $0 > 0 && $0 < 1 }) ?? true else {
      throw ValidationError("--prevalence lies between 0 and 1, neither of them")
    }
  }

  func run() throws {
    try Failure.guarded {
      let package = try ModelPackage.load(model)
      let threads = threads ?? Parallel.defaultWidth
      let (source, root) = source(for: package.description)
      if package.description.task == .segmentation {
        guard html == nil, mapsPage == nil else {
          Failure.line("--html and --maps-page are for classifiers", advice: nil)
          return ExitCode.validationFailure
        }
        let report = try LungEvaluation.run(
          RadiographLungs(model: package), on: source, corpusRoot: root, threads: threads)
        print(try report.json(oneLine: json))
        return ExitCode.success
      }
      let run = try EvaluationRun(
        model: package, on: source, label: label,
        options: options(for: package.description, source, root: root, threads: threads))
      let measured = try run.measure()
      var report = run.report(measured)
      if let mapsPage {
        let page = try run.mapsPage(measured)
        report.mapMethods = page.methods
        try AtomicFile.write(page.html, to: mapsPage)
      }
      if let html { try AtomicFile.write(run.page(report, measured), to: html) }
      print(try report.json(oneLine: json))
      return ExitCode.success
    }
  }

  private func options(
    for model: ModelDescription, _ source: Recipe.Source, root: String?, threads: Int
  ) throws -> Evaluation.Options {
    var options = Evaluation.Options(corpusRoot: root, threads: threads)
    options.prevalence = prevalence
    options.strata = strata.map {
      $0.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    if !source.isTomograph(modalities: model.modalities) {
      let found = try installedLungs(model.preparation)
      (options.lungs, options.lungModelDigest) = (found?.model, found?.digest)
    }
    return options
  }

  /// A model whose input does not depend on lungs is measured without them where none are named
  /// or installed; the report names the lung model, or none.
  private func installedLungs(
    _ preparation: ImagePreparation
  ) throws -> (model: RadiographLungs, digest: String)? {
    if let lungs {
      let path = lungs as NSString
      let isFolder = lungs.contains("/") || FileManager.default.fileExists(atPath: lungs)
      return isFolder
        ? try InstalledLungs.load(
          path.lastPathComponent,
          in: path.deletingLastPathComponent.isEmpty ? "." : path.deletingLastPathComponent)
        : try InstalledLungs.load(lungs, in: models.folder)
    }
    do {
      return try InstalledLungs.load("lungs-radiograph", in: models.folder)
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
