import Foundation

/// Writes DICOM files byte by byte, broken ones too.
struct ByteStream {
  enum Syntax { case explicitLittle, implicitLittle, explicitBig }

  var syntax = Syntax.explicitLittle
  var bytes: [UInt8] = []

  func word(_ value: Int) -> [UInt8] {
    let low = [UInt8(value & 0xFF), UInt8(value >> 8 & 0xFF)]
    return syntax == .explicitBig ? low.reversed() : low
  }

  func long(_ value: Int) -> [UInt8] {
    syntax == .explicitBig
      ? word(value >> 16) + word(value & 0xFFFF) : word(value & 0xFFFF) + word(value >> 16)
  }

  mutating func head(_ group: Int, _ element: Int, _ vr: String, length: Int) {
    bytes += word(group) + word(element)
    if syntax == .implicitLittle {
      bytes += long(length)
    } else if ["OB", "OW", "SQ", "UN", "UT"].contains(vr) {
      bytes += Array(vr.utf8) + [0, 0] + long(length)
    } else {
      bytes += Array(vr.utf8) + word(length)
    }
  }

  mutating func value(_ group: Int, _ element: Int, _ vr: String, _ value: [UInt8]) {
    head(group, element, vr, length: value.count + value.count % 2)
    bytes += value
    if value.count % 2 == 1 { bytes.append(vr == "UI" || vr == "OB" ? 0 : 0x20) }
  }

  mutating func text(_ group: Int, _ element: Int, _ vr: String, _ text: String) {
    value(group, element, vr, Array(text.utf8))
  }

  mutating func number(_ group: Int, _ element: Int, _ number: Int) {
    value(group, element, "US", word(number & 0xFFFF))
  }

  mutating func words(_ group: Int, _ element: Int, _ words: [Int]) {
    value(group, element, "OW", words.flatMap { word($0 & 0xFFFF) })
  }

  mutating func item(length: Int) { bytes += word(0xFFFE) + word(0xE000) + long(length) }

  /// The data set after preamble and file meta information.
  func file(transferSyntax: String? = nil) -> [UInt8] {
    let own =
      switch syntax {
      case .explicitLittle: "1.2.840.10008.1.2.1"
      case .implicitLittle: "1.2.840.10008.1.2"
      case .explicitBig: "1.2.840.10008.1.2.2"
      }
    var meta = ByteStream()
    meta.text(0x0002, 0x0010, "UI", transferSyntax ?? own)
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + meta.bytes + bytes
  }
}

/// A small image, with a knob for everything that tests turn.
struct Specimen {
  var syntax = ByteStream.Syntax.explicitLittle
  var sopClass = "1.2.840.10008.5.1.4.1.1.2"
  var modality = "CT"
  var series = "1.2.3.5"
  var instance = 1
  var rows = 2
  var columns = 2
  var photometric = "MONOCHROME2"
  var bitsStored = 16
  var isSigned = true
  var slope = "1"
  var intercept = "0"
  var padding: Int?
  var window: (center: String, width: String)?
  var position: String? = "0\\0\\0"
  var orientation = "1\\0\\0\\0\\1\\0"
  var pixels = [0, 1, 2, 3]
  var sopInstance: String?
  var extra: (inout ByteStream) -> Void = { _ in }

  func dataSet() -> ByteStream {
    var stream = ByteStream(syntax: syntax)
    stream.text(0x0008, 0x0016, "UI", sopClass)
    stream.text(0x0008, 0x0018, "UI", sopInstance ?? "1.2.3.6.\(instance)")
    stream.text(0x0008, 0x0060, "CS", modality)
    stream.text(0x0010, 0x0010, "PN", "CANARY^NAME")
    stream.text(0x0020, 0x000D, "UI", "1.2.3.4")
    stream.text(0x0020, 0x000E, "UI", series)
    stream.text(0x0020, 0x0013, "IS", String(instance))
    if let position {
      stream.text(0x0020, 0x0032, "DS", position)
      stream.text(0x0020, 0x0037, "DS", orientation)
    }
    stream.number(0x0028, 0x0002, 1)
    stream.text(0x0028, 0x0004, "CS", photometric)
    stream.number(0x0028, 0x0010, rows)
    stream.number(0x0028, 0x0011, columns)
    stream.text(0x0028, 0x0030, "DS", "0.5\\0.5")
    stream.number(0x0028, 0x0100, 16)
    stream.number(0x0028, 0x0101, bitsStored)
    stream.number(0x0028, 0x0102, bitsStored - 1)
    stream.number(0x0028, 0x0103, isSigned ? 1 : 0)
    if let padding { stream.value(0x0028, 0x0120, "SS", stream.word(padding & 0xFFFF)) }
    if let window {
      stream.text(0x0028, 0x1050, "DS", window.center)
      stream.text(0x0028, 0x1051, "DS", window.width)
    }
    stream.text(0x0028, 0x1052, "DS", intercept)
    stream.text(0x0028, 0x1053, "DS", slope)
    extra(&stream)
    stream.words(0x7FE0, 0x0010, pixels)
    return stream
  }
}

/// A folder of its own that goes away with the test.
final class Folder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "dicom-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: [UInt8], _ name: String = "file") throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}
