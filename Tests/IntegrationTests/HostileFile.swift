import CZlib
import Foundation

/// DICOM files in little endian made byte by byte, sound ones and broken ones.
struct HostileFile {
  var bytes: [UInt8] = []
  var transferSyntax = "1.2.840.10008.1.2.1"

  /// Preamble, file meta information and data set.
  var file: [UInt8] {
    var meta = HostileFile()
    meta.text(0x0002, 0x0010, "UI", transferSyntax)
    return [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + meta.bytes + bytes
  }

  private static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  mutating func head(_ group: Int, _ element: Int, _ vr: String, length: Int) {
    bytes += Self.little(group, 2) + Self.little(element, 2) + Array(vr.utf8)
    let isLong = ["OB", "OW", "SQ", "UN", "UT"].contains(vr)
    bytes += isLong ? [0, 0] + Self.little(length, 4) : Self.little(length, 2)
  }

  mutating func text(_ group: Int, _ element: Int, _ vr: String, _ text: String) {
    var value = Array(text.utf8)
    if value.count % 2 == 1 { value.append(vr == "UI" ? 0 : 0x20) }
    head(group, element, vr, length: value.count)
    bytes += value
  }

  mutating func number(_ group: Int, _ element: Int, _ number: Int) {
    head(group, element, "US", length: 2)
    bytes += Self.little(number, 2)
  }

  mutating func item(length: Int) {
    bytes += [0xFE, 0xFF, 0x00, 0xE0] + Self.little(length, 4)
  }

  /// An image of `side` pixels a side, a ramp of 12 bits.
  /// - Parameter extra: elements of groups 0008 to 0018 beyond the few that an image must have.
  static func image(
    _ sopClass: String, modality: String, number: Int, side: Int = 16, claimedSide: Int? = nil,
    extra: (inout HostileFile) -> Void = { _ in }
  ) -> HostileFile {
    var stream = HostileFile()
    stream.text(0x0008, 0x0016, "UI", sopClass)
    stream.text(0x0008, 0x0018, "UI", "2.25.7.\(number).1")
    stream.text(0x0008, 0x0020, "DA", "20260101")
    stream.text(0x0008, 0x0060, "CS", modality)
    extra(&stream)
    stream.text(0x0020, 0x000D, "UI", "2.25.7.\(number)")
    stream.text(0x0020, 0x000E, "UI", "2.25.7.\(number).2")
    stream.number(0x0028, 0x0002, 1)
    stream.text(0x0028, 0x0004, "CS", "MONOCHROME2")
    stream.number(0x0028, 0x0010, claimedSide ?? side)
    stream.number(0x0028, 0x0011, claimedSide ?? side)
    stream.number(0x0028, 0x0100, 16)
    stream.number(0x0028, 0x0101, 12)
    stream.number(0x0028, 0x0102, 11)
    stream.number(0x0028, 0x0103, 0)
    stream.head(0x7FE0, 0x0010, "OW", length: 2 * side * side)
    for index in 0..<side * side { stream.bytes += little(index * 7 % 4096, 2) }
    return stream
  }

  static let radiograph = "1.2.840.10008.5.1.4.1.1.1.1"
  static let computedTomography = "1.2.840.10008.5.1.4.1.1.2"

  static func film(_ number: Int, claimedSide: Int? = nil) -> HostileFile {
    image(
      radiograph, modality: "DX", number: number, side: claimedSide == nil ? 16 : 2,
      claimedSide: claimedSide,
      extra: {
        $0.text(0x0018, 0x0015, "CS", "CHEST")
        $0.text(0x0018, 0x5101, "CS", "PA")
      })
  }

  static func nested(_ depth: Int) -> HostileFile {
    var stream = HostileFile()
    for _ in 0..<depth {
      stream.head(0x0040, 0xA730, "SQ", length: 0xFFFF_FFFF)
      stream.item(length: 0xFFFF_FFFF)
    }
    return stream
  }

  /// A deflated data set that becomes `mebibytes` of zeros.
  static func bomb(mebibytes: Int) -> HostileFile {
    let zeros = [UInt8](repeating: 0, count: mebibytes << 20)
    var deflated = [UInt8](repeating: 0, count: 1 << 20)
    var size = UInt(deflated.count)
    guard compress2(&deflated, &size, zeros, UInt(zeros.count), 9) == Z_OK else {
      return HostileFile()
    }
    // Raw deflate (PS3.5 A.5): without the two bytes before and the four after it.
    return HostileFile(
      bytes: Array(deflated[2..<Int(size) - 4]), transferSyntax: "1.2.840.10008.1.2.1.99")
  }
}
