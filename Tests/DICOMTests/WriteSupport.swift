import DICOM
import Foundation
import Imaging
import Testing

/// A folder that goes away with its owner, and small synthetic sources in it. With
/// `PLEURA_KEEP_WRITTEN=FOLDER` the objects stay there, for the checks of Tests/tools.
final class WriteBench: Sendable {
  let folder: String
  private static let kept = ProcessInfo.processInfo.environment["PLEURA_KEEP_WRITTEN"]

  init() throws {
    let parent = Self.kept ?? FileManager.default.temporaryDirectory.path
    folder = parent + "/pleura-write-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true)
  }

  deinit {
    if Self.kept == nil { try? FileManager.default.removeItem(atPath: folder) }
  }

  func path(_ name: String) -> String { folder + "/" + name }

  /// With kept objects, the masks as bytes beside their file, for Tests/tools/check_seg.py.
  func keep(_ masks: [Mask], beside file: String) throws {
    guard Self.kept != nil else { return }
    try Data(masks.flatMap(\.bits)).write(to: URL(fileURLWithPath: file.dropLast(3) + "masks"))
  }

  static let producer = Producer(
    softwareVersion: "0.1.0", algorithmName: "phantom-gap", algorithmVersion: "1.2",
    modelDigest: String(repeating: "0123456789abcdef", count: 4))

  static func identity(_ name: String, series: String = "series", number: Int = 1)
    -> ObjectIdentity
  {
    ObjectIdentity(
      sopInstanceUID: UID.derived(from: ["test", name]),
      seriesInstanceUID: UID.derived(from: ["test", series]), seriesNumber: 3,
      instanceNumber: number, date: "20240131", time: "101112")
  }

  static func study(_ name: String = "study") -> ImageObject.StudyModule {
    var study = ImageObject.StudyModule(studyInstanceUID: UID.derived(from: ["test", name]))
    study.date = Sensitive("20240130")
    study.time = Sensitive("090807")
    study.id = Sensitive("S1")
    study.accessionNumber = Sensitive("A77")
    study.description = Sensitive("Chest")
    return study
  }

  /// Values of all `bits` with structure and noise, the same each time.
  static func samples(_ width: Int, _ height: Int, bits: Int, signed: Bool = false) -> [Int32] {
    var state: UInt32 = 12345
    let span = Int32(1) << Int32(bits)
    return (0..<width * height).map { index in
      state = state &* 1_664_525 &+ 1_013_904_223
      let ramp = Int32(index % width) * (span - 64) / Int32(width)
      let value = ramp + Int32(state >> 26)
      return signed ? value - span / 2 : value
    }
  }

  static func image(
    _ objectClass: ImageObject.ObjectClass, _ width: Int, _ height: Int,
    content: ImageObject.Content? = nil, name: String = "image", inverted: Bool = false
  ) -> ImageObject {
    let gray = ImageObject.Content.grayscale(
      samples: samples(width, height, bits: 12), bitsStored: 12, isSigned: false,
      inverted: inverted)
    var object = ImageObject(
      objectClass, width: width, height: height, content: content ?? gray,
      identity: identity(name), study: study())
    object.patient.name = Sensitive("Phantom^Test")
    object.patient.id = Sensitive("PH-1")
    object.patient.birthDate = Sensitive("19700101")
    object.patient.sex = Sensitive("O")
    object.patientOrientation = ["L", "F"]
    object.viewPosition = "PA"
    object.pixelSpacing = PixelSpacing(row: 0.4, column: 0.4)
    object.window = DisplayWindow(center: 2048, width: 4096)
    return object
  }

  /// Five oblique CT slices, written out of order.
  func computedTomography(_ width: Int = 37, _ height: Int = 29, slices: Int = 5) throws -> [String]
  {
    try (0..<slices).map { index in
      let bits = Self.samples(width, height, bits: 12).map { $0 - 1024 }
      var object = ImageObject(
        .computedTomography, width: width, height: height,
        content: .grayscale(samples: bits, bitsStored: 16, isSigned: true, inverted: false),
        identity: Self.identity("ct\(index)", series: "ct", number: slices - index),
        study: Self.study())
      object.plane = PlaneGeometry(
        position: Vector3(-100.5, -90.25, 12.5 + 2.5 * Double(slices - index)),
        rowDirection: Vector3(1, 0, 0), columnDirection: Vector3(0, 1, 0),
        spacing: PixelSpacing(row: 0.703125, column: 0.703125))
      object.sliceThicknessMillimetres = 2.5
      object.frameOfReferenceUID = UID.derived(from: ["test", "frame-of-reference"])
      object.rescale = (1, 0)
      object.window = DisplayWindow(center: -600, width: 1500)
      object.pixelPaddingValue = -2000
      object.imageTypeTail = ["AXIAL"]
      let file = path("ct\(index).dcm")
      try object.write(to: file)
      return file
    }
  }

  /// A mask of scattered bits, the same each time.
  static func mask(_ width: Int, _ height: Int, seed: UInt32) -> Mask {
    var state = seed
    return Mask(
      width: width, height: height,
      bits: (0..<width * height).map { _ in
        state = state &* 1_664_525 &+ 1_013_904_223
        return state >> 31 == 0 ? 0 : 1
      })
  }

  static func segment(
    _ label: String, side: Side? = .right, _ masks: [SegmentationObject.FrameMask]
  ) -> SegmentationObject.Segment {
    SegmentationObject.Segment(
      label: label, type: .pneumothorax, side: side, trackingID: "finding-" + label,
      trackingUID: UID.derived(from: ["tracking", label]), masks: masks)
  }
}

/// The validator of dicom3tools.
enum Validator {
  static let program = "/usr/bin/dciodvfy"
  static var isPresent: Bool { FileManager.default.isExecutableFile(atPath: program) }

  /// Lines that start with `Error`.
  static func errors(in path: String) throws -> [String] {
    try run([path]).filter { $0.hasPrefix("Error") }
  }

  static func run(_ arguments: [String]) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}

/// `dciodvfy` finds no error; says so and passes where the program is not installed.
func expectValid(_ path: String, _ comment: Comment? = nil) throws {
  guard Validator.isPresent else {
    print("skipped: dciodvfy is not installed (Debian package dicom3tools)")
    return
  }
  let errors = try Validator.errors(in: path).joined(separator: "\n")
  #expect(errors.isEmpty, "\(errors) \(comment ?? "")")
}
