import ArgumentParser
import Phantoms

/// What lesions of CT phantoms are.
struct LesionFlags: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Lesions of CT phantoms, each as likely: \(CTLesionKind.allCases.map(\.rawValue).joined(separator: ", ")) (default: ground glass twice as often as nodules).",
      valueName: "kind"))
  var lesions: [CTLesionKind] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Least and largest diameter of nodules (default: 3 30).", valueName: "mm"))
  var diameters: [Double] = []

  func validate() throws {
    guard
      diameters.isEmpty
        || (diameters.count == 2 && diameters[0] >= 1
          && diameters[0] < diameters[1] && diameters[1] <= 100)
    else { throw ValidationError("--diameters takes two numbers, from 1 to 100 mm") }
  }

  var isGiven: Bool { !lesions.isEmpty || !diameters.isEmpty }

  var options: CTPhantom.Options {
    var options = CTPhantom.Options()
    if !lesions.isEmpty { options.kinds = lesions }
    if diameters.count == 2 { options.noduleDiameters = diameters[0]...diameters[1] }
    return options
  }

  /// As it is written on a command line.
  var text: String {
    (lesions.isEmpty ? "" : " --lesions " + lesions.map(\.rawValue).joined(separator: " "))
      + (diameters.isEmpty ? "" : " --diameters \(diameters[0]) \(diameters[1])")
  }
}

extension CTLesionKind: ExpressibleByArgument {}
