import ArgumentParser
import Foundation
import Imaging
import Phantoms
import Tensors
import Training

/// `pleura phantom`: synthetic studies and pictures with exact truth, and real films with a
/// pneumothorax painted in.
struct PhantomCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "phantom",
    abstract: "Writes synthetic radiographs and CT with exact truth masks.",
    discussion: """
      The same seed writes the same bytes. With --paint-into, a pneumothorax is painted into real \
      films without one, and each film also serves as a control with changes of the same strength \
      and no pneumothorax; kind and size do not apply. docs/painted-films.md says how. With \
      --reports-for, reports of known error are written for films of known truth (docs/labels.md).
      """)

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
  @Option(
    help: ArgumentHelp(
      "Share of CT series with a pneumothorax, with --format dicom.", valueName: "share"))
  var pneumothorax = 0.0
  @Option(help: "png, or dicom (a study each); both with labels.csv.")
  var format = Format.png
  @Option(help: ArgumentHelp("Share of radiographs with pneumothorax.", valueName: "share"))
  var prevalence = 0.5
  @Option(
    help: ArgumentHelp(
      "Chest tubes in so many radiographs with and without pneumothorax, for tests of shortcuts.",
      valueName: "tube=WITH,WITHOUT"))
  var shortcut: Shortcut?
  @Flag(
    help: """
      Radiographs of five findings: opacity, effusion, cardiomegaly, pneumothorax and device, as \
      --format png.
      """)
  var findings = false
  @OptionGroup var body: LesionFlags
  @OptionGroup var paint: PaintFlags
  @OptionGroup var reports: ReportFlags
  @Flag(help: "The set of sample-studies/; kind, count and size do not apply.")
  var sampleSet = false
  @Option(help: ArgumentHelp("Folder to write into.", valueName: "dir"))
  var out: String

  func validate() throws {
    guard count > 0, (64...3072).contains(size), Recipe.slices.contains(slices) else {
      throw ValidationError(
        "--count is at least 1, --size lies between 64 and 3072, --slices between 2 and 1000")
    }
    guard (0...1).contains(prevalence) else {
      throw ValidationError("--prevalence lies between 0 and 1")
    }
    guard kind == .radiograph || (shortcut == nil && paint.paintInto == nil && prevalence == 0.5)
    else {
      throw ValidationError("--shortcut, --prevalence and --paint-into are for radiographs")
    }
    guard (0...1).contains(pneumothorax),
      pneumothorax == 0 || (kind == .computedTomography && format == .dicom)
    else {
      throw ValidationError("--pneumothorax is a share of CT series, with --format dicom")
    }
    guard !body.isGiven || (kind == .computedTomography && format == .dicom) else {
      throw ValidationError("--lesions and --diameters are of CT series, with --format dicom")
    }
    guard !findings || (kind == .radiograph && format == .png && prevalence == 0.5) else {
      throw ValidationError("--findings is for radiographs as png, without --prevalence")
    }
    guard [sampleSet, paint.paintInto != nil, reports.reportsFor != nil].count(where: \.self) < 2
    else {
      throw ValidationError("give one of --sample-set, --paint-into and --reports-for")
    }
  }

  func run() throws {
    try Failure.guarded {
      try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
      if let truth = reports.reportsFor {
        try reports.write(truth, seed: seed, folder: out)
      } else if let films = paint.paintInto {
        try paintFilms(films)
      } else if sampleSet {
        try PhantomStudies.sampleSet(seed: seed, folder: out)
      } else if format == .dicom {
        var options = PhantomStudies.Options(
          kind: kind, count: count, seed: seed, size: size, folder: out)
        options.slices = slices
        options.pneumothorax = pneumothorax
        options.film = film
        options.body = body.options
        options.extraFlags = extraFlags + body.text
        try PhantomStudies.write(options)
      } else {
        var options = PhantomSet.Options(
          kind: kind, count: count, seed: seed, size: size, folder: out)
        options.film = film
        try PhantomSet(options).write()
      }
      return ExitCode.success
    }
  }

  private var film: RadiographPhantom.Options {
    var options = RadiographPhantom.Options()
    options.prevalence = prevalence
    options.tube = shortcut?.rates
    if findings { options.findings = RadiographFinding.rates }
    return options
  }

  private var extraFlags: String {
    let rates = shortcut?.rates
    return (prevalence == 0.5 ? "" : " --prevalence \(prevalence)")
      + (rates.map { " --shortcut tube=\($0.withPneumothorax),\($0.without)" } ?? "")
  }

  private func paintFilms(_ films: String) throws {
    let list = try PaintingList(path: films, lungs: paint.lungSource)
    var options = PaintedSet.Options(seed: seed, folder: out)
    options.format = format == .dicom ? .dicom : .png
    options.prevalence = prevalence
    options.shams = paint.shams
    options.painting.side = paint.side
    options.painting.deepSulcus = paint.supine
    if let rates = shortcut?.rates { options.painting.tube = rates }
    let run = PaintingRun(
      options, list: list, lungs: try paint.lungModel(),
      threads: paint.threads ?? Parallel.defaultWidth)
    let started = Date()
    var told = started
    let report = try run.write(count: count) { done in
      guard Date().timeIntervalSince(told) >= 30 else { return }
      told = Date()
      let rate = Double(done) / told.timeIntervalSince(started)
      StatusPrinter.write(String(format: "%d/%d films, %.1f/s\n", done, count, rate))
    }
    print(
      "\(report.written) films, \(report.positives) with a painted pneumothorax,"
        + " from \(report.sources) films")
    for reason in PaintingList.Reason.allCases {
      if let number = report.leftOut[reason] { print("left out, \(reason.rawValue): \(number)") }
    }
  }
}

extension PhantomSet.Kind: ExpressibleByArgument {}
