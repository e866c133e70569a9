import ArgumentParser
import Foundation
import Phantoms

/// `pleura phantom`: synthetic studies and pictures with exact truth.
struct PhantomCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "phantom",
    abstract: "Writes synthetic radiographs and CT with exact truth masks.",
    discussion: "The same seed writes the same bytes.")

  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case radiograph
    case ct
    case sample
  }

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case png
    case dicom
  }

  @Option(help: "radiograph, ct, or sample (the set of sample-studies/).")
  var kind = Kind.radiograph
  @Option(help: "How many pictures, films or series.")
  var count = 10
  @Option(help: "Decides every pixel together with the index.")
  var seed: UInt64
  @Option(help: ArgumentHelp("Side of each picture.", valueName: "pixels"))
  var size = 512
  @Option(help: "png (with labels.csv) or dicom.")
  var format = Format.png
  @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
  var out: String

  func validate() throws {
    guard count > 0, (64...3072).contains(size) else {
      throw ValidationError("--count is at least 1, --size lies between 64 and 3072")
    }
  }

  func run() throws {
    try Failure.guarded {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      switch (kind, format) {
      case (.sample, _): try PhantomStudies.sampleSet(seed: seed, out: out)
      case (_, .png):
        let kind: PhantomSet.Kind = kind == .ct ? .computedTomography : .radiograph
        try PhantomSet(.init(kind: kind, count: count, seed: seed, size: size, folder: out))
          .write()
      case (.radiograph, .dicom):
        try PhantomStudies.radiographs(seed: seed, count: count, size: size, out: out)
      case (.ct, .dicom):
        try PhantomStudies.series(seed: seed, count: count, size: size, out: out)
      }
      return ExitCode.success
    }
  }
}
