import DICOM
import Foundation
import Imaging
import Networks
import Phantoms
import Training

/// A folder for the files of one test.
struct TestFolder: ~Copyable {
  let path = NSTemporaryDirectory() + "data-\(UUID().uuidString)"

  init() throws { try make("") }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func make(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: path + "/" + name, withIntermediateDirectories: true)
  }

  func write(_ text: String, _ name: String) throws {
    try make((name as NSString).deletingLastPathComponent)
    try AtomicFile.write(text, to: path + "/" + name)
  }

  /// Noise of one seed, so that equal seeds are equal pixels.
  func picture(_ name: String, seed: UInt64, side: Int = 16) throws {
    try make((name as NSString).deletingLastPathComponent)
    try PNG.write(TestFolder.noise(seed, side, side), to: path + "/" + name)
  }

  static func noise(_ seed: UInt64, _ width: Int, _ height: Int) -> GreyPicture {
    var random = SeededRandom(seed: seed, stream: 1)
    return GreyPicture(
      width: width, height: height, bits: 8,
      samples: (0..<width * height).map { _ in UInt16(random.integer(below: 256)) })
  }
}

/// A small film as the project's own writer makes it.
struct FilmFixture {
  var image: Int
  var study: Int
  var patient = "P"
  var accession = ""
  var view = "PA"
  var inverted = false
  var width = 6
  var height = 4
  var seed: UInt64?

  static func uid(_ number: Int) -> String { "2.25.\(1000 + number)" }

  init(_ image: Int, study: Int? = nil, patient: String? = nil) {
    self.image = image
    self.study = study ?? image + 500
    self.patient = patient ?? "PATIENT-\(image)"
  }

  var samples: [Int32] {
    TestFolder.noise(seed ?? UInt64(image), width, height).samples.map(Int32.init)
  }

  func write(_ path: String) throws {
    var module = ImageObject.StudyModule(
      studyInstanceUID: try UID(validating: Self.uid(study)))
    module.accessionNumber = Sensitive(accession)
    var object = ImageObject(
      .computedRadiography, width: width, height: height,
      content: .grayscale(samples: samples, bitsStored: 8, isSigned: false, inverted: inverted),
      identity: ObjectIdentity(
        sopInstanceUID: try UID(validating: Self.uid(image)),
        seriesInstanceUID: try UID(validating: Self.uid(image + 9000)), seriesNumber: 1,
        date: "20260101", time: "120000"),
      study: module)
    object.patient.id = Sensitive(patient)
    object.viewPosition = view
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try object.write(to: path)
  }
}

extension Recipe {
  /// A small recipe over the data set of the command line.
  static func overData(label: String, side: Int = 16, folder: String? = nil) throws -> Recipe {
    var recipe = try ToyCorpus.recipe(epochs: 1)
    recipe.labels[0] = .init(name: label, display: label)
    recipe.preparation.width = side
    recipe.preparation.height = side
    recipe.sources = [("train", Source.Use.train), ("validation", .validation)].map { name, use in
      var source = Source(kind: .data, use: use)
      source.split = name
      source.folder = folder
      return source
    }
    return recipe
  }
}

/// The error of a call, for its code and rows.
func trainingError(_ body: () throws -> Void) -> TrainingError? {
  do {
    try body()
    return nil
  } catch { return error as? TrainingError }
}
