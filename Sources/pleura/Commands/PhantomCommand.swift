import ArgumentParser
import Foundation
import Phantoms
import Training

/// `pleura phantom`: synthetic studies and pictures with exact truth.
struct PhantomCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "phantom",
    abstract: "Writes synthetic radiographs and CT with exact truth masks.",
    discussion: "The same seed writes the same bytes.")

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case png
    case dicom
  }

  @Option(help: "radiograph or ct.")
  var kind = PhantomSet.Kind.radiograph
  @Option(help: "How many pictures, or studies with --format dicom.")
  var count = 10
  @Option(help: "Decides every pixel together with the index.")
  var seed: UInt64
  @Option(help: ArgumentHelp("Side of each picture.", valueName: "pixels"))
  var size = 512
  @Option(help: ArgumentHelp("Slices of each CT series with --format dicom.", valueName: "n"))
  var slices = 32
  @Option(help: "png (with labels.csv) or dicom (with MANIFEST.json).")
  var format = Format.png
  @Flag(help: "The set of sample-studies/; kind, count and size do not apply.")
  var sampleSet = false
  @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
  var out: String

  func validate() throws {
    guard count > 0, (64...3072).contains(size), Recipe.slices.contains(slices) else {
      throw ValidationError(
        "--count is at least 1, --size lies between 64 and 3072, --slices between 2 and 1000")
    }
  }

  func run() throws {
    try Failure.guarded {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      if sampleSet {
        try PhantomStudies.sampleSet(seed: seed, folder: out)
      } else if format == .dicom {
        var options = PhantomStudies.Options(
          kind: kind, count: count, seed: seed, size: size, folder: out)
        options.slices = slices
        try PhantomStudies.write(options)
      } else {
        try PhantomSet(.init(kind: kind, count: count, seed: seed, size: size, folder: out))
          .write()
      }
      return ExitCode.success
    }
  }
}

extension PhantomSet.Kind: ExpressibleByArgument {}
