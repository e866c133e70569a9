import ArgumentParser
import Findings
import Foundation
import Networks
import Tensors
import Training

/// `pleura model`: the installed model packages.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model", abstract: "Lists and verifies model packages.",
    subcommands: [List.self, Verify.self, CalibrateSeries.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists the installed packages.")

    @OptionGroup var models: ModelOptions
    @Option(help: "table, csv or json.")
    var format = RowFormat.table

    func run() throws {
      try Failure.guarded {
        var table = TextTable(columns: [
          "name", "version", "task", "labels", "modalities", "threshold", "digest",
          "experimental",
        ])
        for (_, package) in try ModelCommand.packages(in: models.folder) {
          let model = package.description
          table.rows.append([
            .text(model.name), .text(model.version), .text(model.task.rawValue),
            .text(model.labels.map(\.name).joined(separator: " ")),
            .text(model.modalities.joined(separator: " ")),
            .init(model.operatingPoint?.threshold), .text(package.digest),
            .init(model.experimental),
          ])
        }
        switch format {
        case .table: print(table.plain, terminator: "")
        case .csv: print(table.csv, terminator: "")
        case .json: print(table.json, terminator: "")
        }
        return ExitCode.success
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs the golden vectors of every package; exit 12 when one differs.")

    @OptionGroup var models: ModelOptions

    func run() throws {
      try Failure.guarded {
        for (name, package) in try ModelCommand.packages(in: models.folder) {
          try package.verify(workspace: Workspace(threads: 1))
          print("\(name): as recorded, digest \(package.digest)")
        }
        return ExitCode.success
      }
    }
  }

  struct CalibrateSeries: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fits how a model of CT slices calls whole series, on phantom series.",
      discussion: "Writes the reading of series into model.json and prints what it is worth.")

    @Argument(help: ArgumentHelp("Folder of the model package.", valueName: "dir"))
    var model: String
    @Option(help: "Seed of the phantom series.")
    var seed: UInt64
    @Option(help: "How many series.")
    var count = 120
    @Option(help: ArgumentHelp("Side of the slices.", valueName: "pixels"))
    var size = 256
    @Option(help: "Slices of a series.")
    var slices = 28
    @Option(help: "The operating point is chosen for this sensitivity.")
    var sensitivity = 0.9
    @OptionGroup var body: LesionFlags

    func validate() throws {
      guard count >= 4, Recipe.slices.contains(slices), Recipe.sizes.contains(size),
        sensitivity > 0, sensitivity < 1
      else {
        throw ValidationError(
          "--count is at least 4, --slices lies between 2 and 1000, --size between 32 and 3072, "
            + "--sensitivity between 0 and 1")
      }
    }

    func run() throws {
      try Failure.guarded {
        var calibration = SeriesCalibration(
          model: try ModelPackage.load(model), seed: seed, count: count, size: size,
          slices: slices, targetSensitivity: sensitivity,
          threads: Parallel.defaultWidth)
        calibration.phantoms = body.options
        let (calibrated, report) = try calibration.run()
        try calibrated.save(to: model)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try encoder.encode(report), as: UTF8.self))
        return ExitCode.success
      }
    }
  }

  /// The packages below a folder by name; folders without one, such as recipes alone, are passed
  /// over.
  static func packages(in folder: String) throws -> [(String, ModelPackage)] {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw ModelError(.unreadable)
    }
    return try names.sorted().filter {
      FileManager.default.fileExists(atPath: "\(folder)/\($0)/model.json")
    }.map { ($0, try ModelPackage.load("\(folder)/\($0)")) }
  }
}
