import Foundation

/// A data set spelled out byte by byte in Explicit VR Little Endian: sources that the program
/// itself does not write, such as enhanced multi-frame images and foreign character sets.
struct RawSource {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ group: UInt16, _ element: UInt16, _ vr: String, _ value: [UInt8]) {
    put16(group)
    put16(element)
    bytes += Array(vr.utf8)
    let padding: UInt8 = vr == "UI" || vr == "OW" || vr == "OB" ? 0 : 32
    let even = value.count % 2 == 0 ? value : value + [padding]
    if ["OW", "OB", "SQ", "UN"].contains(vr) {
      put16(0)
      put32(UInt32(even.count))
    } else {
      put16(UInt16(even.count))
    }
    bytes += even
  }

  mutating func add(_ group: UInt16, _ element: UInt16, _ vr: String, _ text: String) {
    add(group, element, vr, Array(text.utf8))
  }

  mutating func add(_ group: UInt16, _ element: UInt16, short value: UInt16) {
    add(group, element, "US", [UInt8(value & 0xFF), UInt8(value >> 8)])
  }

  mutating func add(_ group: UInt16, _ element: UInt16, items: [RawSource]) {
    var content = RawSource()
    for item in items {
      content.put16(0xFFFE)
      content.put16(0xE000)
      content.put32(UInt32(item.bytes.count))
      content.bytes += item.bytes
    }
    add(group, element, "SQ", content.bytes)
  }

  private mutating func put16(_ value: UInt16) {
    bytes += [UInt8(value & 0xFF), UInt8(value >> 8)]
  }

  private mutating func put32(_ value: UInt32) {
    put16(UInt16(value & 0xFFFF))
    put16(UInt16(value >> 16))
  }

  /// With preamble and file meta information.
  func write(to path: String, sopClass: String, sopInstance: String) throws {
    var meta = RawSource()
    meta.add(0x0002, 0x0001, "OB", [0, 1])
    meta.add(0x0002, 0x0002, "UI", sopClass)
    meta.add(0x0002, 0x0003, "UI", sopInstance)
    meta.add(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1")
    meta.add(0x0002, 0x0012, "UI", "1.2.3.4")
    var file = RawSource()
    file.add(
      0x0002, 0x0000, "UL", withUnsafeBytes(of: UInt32(meta.bytes.count).littleEndian, Array.init))
    let whole =
      [UInt8](repeating: 0, count: 128) + Array("DICM".utf8) + file.bytes + meta.bytes + bytes
    try Data(whole).write(to: URL(fileURLWithPath: path))
  }
}

extension RawSource {
  mutating func addPixels(rows: UInt16, columns: UInt16, frames: Int, photometric: String) {
    add(0x0028, 0x0002, short: 1)
    add(0x0028, 0x0004, "CS", photometric)
    if frames > 1 { add(0x0028, 0x0008, "IS", String(frames)) }
    add(0x0028, 0x0010, short: rows)
    add(0x0028, 0x0011, short: columns)
    add(0x0028, 0x0100, short: 16)
    add(0x0028, 0x0101, short: 12)
    add(0x0028, 0x0102, short: 11)
    add(0x0028, 0x0103, short: 0)
  }

  /// An Enhanced CT image of `frames` axial planes 3 mm apart, from the top down.
  static func enhancedCT(rows: UInt16, columns: UInt16, frames: Int) -> RawSource {
    var source = RawSource()
    source.add(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.2.1")
    source.add(0x0008, 0x0018, "UI", "1.2.3.4.5.6")
    source.add(0x0008, 0x0060, "CS", "CT")
    source.add(0x0010, 0x0010, "PN", "Enhanced^CT")
    source.add(0x0010, 0x0020, "LO", "E1")
    source.add(0x0020, 0x000D, "UI", "1.2.3.4.5")
    source.add(0x0020, 0x000E, "UI", "1.2.3.4.5.1")
    source.add(0x0020, 0x0052, "UI", "1.2.3.4.5.9")
    source.addPixels(rows: rows, columns: columns, frames: frames, photometric: "MONOCHROME2")
    var measures = RawSource()
    measures.add(0x0018, 0x0050, "DS", "3")
    measures.add(0x0028, 0x0030, "DS", "0.75\\0.8")
    var orientation = RawSource()
    orientation.add(0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0")
    var transform = RawSource()
    transform.add(0x0028, 0x1052, "DS", "-1024")
    transform.add(0x0028, 0x1053, "DS", "1")
    transform.add(0x0028, 0x1054, "LO", "HU")
    var window = RawSource()
    window.add(0x0028, 0x1050, "DS", "-600")
    window.add(0x0028, 0x1051, "DS", "1500")
    var shared = RawSource()
    shared.add(0x0020, 0x9116, items: [orientation])
    shared.add(0x0028, 0x9110, items: [measures])
    shared.add(0x0028, 0x9132, items: [window])
    shared.add(0x0028, 0x9145, items: [transform])
    source.add(0x5200, 0x9229, items: [shared])
    let groups = (0..<frames).map { index in
      var position = RawSource()
      position.add(0x0020, 0x0032, "DS", "-10\\-20\\\(30 - 3 * index)")
      var frame = RawSource()
      frame.add(0x0020, 0x9113, items: [position])
      return frame
    }
    source.add(0x5200, 0x9230, items: groups)
    source.add(
      0x7FE0, 0x0010, "OW",
      [UInt8](repeating: 0, count: Int(rows) * Int(columns) * frames * 2))
    return source
  }
}
