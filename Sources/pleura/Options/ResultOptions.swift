import ArgumentParser
import Foundation

/// Where results live: the same two options on every command that reads or writes them.
struct ResultOptions: ParsableArguments {
  @Option(
    name: .customLong("store"),
    help: ArgumentHelp(
      "The SQLite file of findings (environment PLEURA_STORE; default pleura.sqlite).",
      valueName: "file"))
  var storeOption: String?

  @Option(
    name: .customLong("output"),
    help: ArgumentHelp(
      "The folder for DICOM objects and previews (environment PLEURA_OUTPUT; default pleura-output).",
      valueName: "dir"))
  var outputOption: String?

  var store: String { resolve(storeOption, "PLEURA_STORE", "pleura.sqlite") }
  var output: String { resolve(outputOption, "PLEURA_OUTPUT", "pleura-output") }

  private func resolve(_ flag: String?, _ variable: String, _ fallback: String) -> String {
    flag ?? ProcessInfo.processInfo.environment[variable] ?? fallback
  }
}

/// Where the model packages lie.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .customLong("models"),
    help: ArgumentHelp(
      "The folder of model packages (environment PLEURA_MODELS; default: beside the program).",
      valueName: "dir"))
  var modelsOption: String?

  /// The first that exists of: the flag, the environment, `models` beside the source tree the
  /// program was built in, the system's place.
  var folder: String {
    if let modelsOption { return modelsOption }
    if let named = ProcessInfo.processInfo.environment["PLEURA_MODELS"] { return named }
    let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    var folder = Bundle.main.executableURL?.resolvingSymlinksInPath() ?? executable
    for _ in 0..<5 {
      folder.deleteLastPathComponent()
      let candidate = folder.appendingPathComponent("models").path
      if FileManager.default.fileExists(atPath: candidate) { return candidate }
    }
    return "/usr/share/pleura/models"
  }
}

/// How rows are printed.
enum RowFormat: String, ExpressibleByArgument, CaseIterable {
  case table
  case csv
  case json
}
