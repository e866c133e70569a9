import ArgumentParser
import Foundation
import Imaging
import Lungs
import Networks
import Phantoms
import Training

/// The flags of `pleura phantom` that paint into real films.
struct PaintFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Paint into these films: a CSV (columns file, pneumothorax) or a folder of films without"
        + " pneumothorax.", valueName: "csv-or-dir"))
  var paintInto: String?
  @Option(
    help: ArgumentHelp(
      "Drawn lungs of the films: a folder of PNG masks named as the films, or a column.",
      valueName: "dir-or-column"))
  var masks: String?
  @Option(help: ArgumentHelp("A lung model package that finds the lungs.", valueName: "model"))
  var lungs: String?
  @Option(
    help: ArgumentHelp(
      "How often the air is that of a supine patient, to 1 for all other patterns.",
      valueName: "weight"))
  var supine = 0.0
  @Option(help: "Forces the side: left or right.")
  var side: Side?
  @Flag(help: "Also writes where a control would have its air (folder shams/).")
  var shams = false
  @Option(help: ArgumentHelp("Threads (default: one a core).", valueName: "n"))
  var threads: Int?

  func validate() throws {
    guard paintInto != nil else {
      guard masks == nil, lungs == nil, side == nil, !shams, supine == 0 else {
        throw ValidationError("--masks, --lungs, --side, --shams and --supine need --paint-into")
      }
      return
    }
    guard (masks == nil) != (lungs == nil) else {
      throw ValidationError("--paint-into needs either --masks or --lungs")
    }
    guard supine >= 0, supine.isFinite, threads ?? 1 >= 1 else {
      throw ValidationError("--supine is at least 0, --threads at least 1")
    }
  }

  /// Where the lungs come from: a name that is a folder is a folder of masks.
  var lungSource: PaintingList.LungSource {
    guard let masks else { return .model }
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: masks, isDirectory: &isFolder)
    return exists && isFolder.boolValue ? .folder(masks) : .column(masks)
  }

  /// Throws `ModelError`.
  func lungModel() throws -> RadiographLungs? {
    try lungs.map { try RadiographLungs(model: ModelPackage.load($0)) }
  }
}

extension Side: ExpressibleByArgument {}

/// `tube=0.8,0.1`: how often films with and without pneumothorax show a chest tube.
struct Shortcut: ExpressibleByArgument {
  let rates: TubeRates

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1)
    guard parts.count == 2, parts[0] == "tube" else { return nil }
    let numbers = parts[1].split(separator: ",", omittingEmptySubsequences: false)
      .map { Double($0) ?? -1 }
    guard numbers.count == 2, numbers.allSatisfy({ (0...1).contains($0) }) else { return nil }
    rates = TubeRates(withPneumothorax: numbers[0], without: numbers[1])
  }
}
