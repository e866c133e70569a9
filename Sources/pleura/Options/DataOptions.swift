import ArgumentParser
import Training

/// A site's own pictures and labels to train on.
struct DataOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Train on this data set instead of the recipe's own: a folder of DICOM files, pictures or CT volumes with a list of labels, or the tree of SIIM-ACR, PASCAL VOC, CheXpert, LIDC-IDRI or LUNA16.",
      valueName: "folder"))
  var data: String?
  @Option(
    help: ArgumentHelp(
      "The list of --data (default: labels.csv or train-rle.csv in it): file, study, accession or SOP instance UID, and a column a label.",
      valueName: "csv"))
  var labels: String?
  @Option(
    help:
      "What --data is: dicom, pictures, volumes, siim, voc, chexpert, lidc or luna16 (default: what it looks like)."
  )
  var kind: DatasetKind?
  @Option(
    help:
      "How the outlines of several readers become one: staple, two (readers and more) or half (default: staple)."
  )
  var consensus: ReaderConsensus?
  @Option(
    help: ArgumentHelp(
      "Where prepared pictures are kept, shared by runs (default: cache/ in --out).",
      valueName: "dir"))
  var cache: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Leave out and count instead of refusing: labels-without-files, unreadable, contradictions, duplicates-across-splits.",
      valueName: "what"))
  var drop: [Droppable] = []

  enum Droppable: String, CaseIterable, ExpressibleByArgument {
    case labelsWithoutFiles = "labels-without-files"
    case unreadable
    case contradictions
    case duplicatesAcrossSplits = "duplicates-across-splits"
  }

  var rules: DatasetRules {
    var rules = DatasetRules()
    for what in drop {
      switch what {
      case .labelsWithoutFiles: rules.labelsWithoutFiles = .drop
      case .unreadable: rules.unreadable = .drop
      case .contradictions: rules.contradictions = .drop
      case .duplicatesAcrossSplits: rules.duplicatesAcrossSplits = .drop
      }
    }
    rules.consensus = consensus
    return rules
  }

  func validate() throws {
    guard data != nil || (labels == nil && kind == nil && consensus == nil) else {
      throw ValidationError("--labels, --kind and --consensus say what --data is")
    }
    guard kind != .phantoms else { throw ValidationError("phantoms are sources of a recipe") }
  }

  /// nil without --data. Throws `TrainingError`.
  ///
  /// - Parameters:
  ///   - recipe: what is trained on it: its labels, with their codes, and what its rows must give.
  func open(for recipe: Recipe, threads: Int) throws -> (any Dataset)? {
    guard let data else { return nil }
    var request = DatasetRequest(
      path: data, list: labels, kind: kind,
      names: recipe.labels.map(\.name) + recipe.auxiliary, rules: rules, threads: threads)
    request.concepts = recipe.labels
    request.needs = recipe.needs(tomograph: recipe.modalities.contains("CT"))
    return try DatasetReader.open(request)
  }
}

extension DatasetKind: ExpressibleByArgument {}
extension ReaderConsensus: ExpressibleByArgument {}
