import ArgumentParser
import Foundation
import Imaging
import Localization
import Tensors

/// `pleura refine`: a map of a picture, snapped to the picture's edges by a dense CRF.
struct RefineCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "refine",
    abstract: "Snaps a map to the edges of its picture by a dense CRF.",
    discussion: """
      Prints one JSON object: the seconds of wall and processor time from the pixels to the \
      result, without reading and writing, and the share of pixels above one half, before and \
      after.
      """)

  @Option(help: ArgumentHelp("The picture.", valueName: "png"))
  var image: String
  @Option(
    help: ArgumentHelp(
      "The map, of the same size: the object where a sample is at least half of the largest.",
      valueName: "png"))
  var map: String
  @Option(
    help: ArgumentHelp("Where the probability of the object goes, 16 bits.", valueName: "png"))
  var out: String
  @Flag(help: "The samples of the map are probabilities.")
  var probabilities = false
  @Flag(help: "The published sigmas and weights, whatever the size of the picture.")
  var published = false
  @Flag(help: "Grey as three equal channels, as pydensecrf takes it.")
  var replicated = false
  @Option(help: ArgumentHelp("Mean-field updates.", valueName: "n"))
  var iterations = DenseCRF.Settings().iterations
  @Option(help: ArgumentHelp("Threads.", valueName: "n"))
  var threads = 1

  func validate() throws {
    guard (1...128).contains(threads), (0...1000).contains(iterations) else {
      throw ValidationError(
        "--threads lies between 1 and 128, --iterations between 0 and 1000")
    }
  }

  private struct Line: Encodable {
    let type = "refined"
    let wall: Double
    let cpu: Double
    let before: Double
    let after: Double
  }

  func run() throws {
    try Failure.guarded {
      let guide = try guide()
      let map = try PNG.read(map)
      let clock = EngineClock()
      let energies = try energies(map)
      let crf = try DenseCRF(
        guide, settings: settings(guide), threads: threads)
      let q = try crf.refine(energies, threads: threads)
      let (wall, cpu) = (clock.wall, clock.cpu)
      let object = Image(
        width: crf.width, height: crf.height,
        pixels: Array(q.values[(crf.width * crf.height)...]))
      try PNG.write(GreyPicture(object, bits: 16), to: out)
      let area = Double(crf.width * crf.height)
      try EngineLines.write(
        Line(
          wall: wall, cpu: cpu, before: Double(map.mask.count) / area,
          after: Double(Mask(object, atLeast: 0.5).count) / area))
      return ExitCode.success
    }
  }

  private func settings(_ guide: CRFGuide) -> DenseCRF.Settings {
    var settings = DenseCRF.Settings()
    settings.iterations = iterations
    return published ? settings : settings.scaled(width: guide.width, height: guide.height)
  }

  private func energies(_ map: GreyPicture) throws -> LabelEnergies {
    guard !probabilities else { return try LabelEnergies(foreground: map.image) }
    return try LabelEnergies(
      map: map.mask.bits, width: map.width, labels: 2,
      probability: DenseCRF.Settings().labelProbability)
  }

  /// Colour where the channels differ.
  private func guide() throws -> CRFGuide {
    let color = try PNG.readColor(image)
    let bytes = color.bytes
    func isColored(_ at: Int) -> Bool {
      let red = bytes[at]
      return bytes[at + 1] != red || bytes[at + 2] != red
    }
    guard !stride(from: 0, to: bytes.count, by: 3).contains(where: isColored) else {
      return .color(color)
    }
    let picture = try PNG.read(image)
    let scale: Float = picture.bits == 8 ? 1 : 1 / 257
    let grey = Image(
      width: picture.width, height: picture.height,
      pixels: picture.samples.map { Float($0) * scale })
    return replicated ? .replicated(grey) : .grey(grey)
  }
}
