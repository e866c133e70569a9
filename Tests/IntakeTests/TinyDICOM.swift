import Foundation

/// The least of a digital radiograph in explicit VR little endian, made byte by byte.
struct TinyDICOM {
  var study = "2.25.1"
  var series: String?
  var instance = "2.25.11"
  var sopClass = "1.2.840.10008.5.1.4.1.1.1.1"
  var modality = "DX"
  var view = "PA"
  var expected: Int?
  var side = 16
  /// Changes the pixels, and so the bytes.
  var seed = 0
  var pixelBytesMissing = 0

  var bytes: Data {
    var body = Data()
    add(&body, 0x0008, 0x0016, "UI", text: sopClass)
    add(&body, 0x0008, 0x0018, "UI", text: instance)
    add(&body, 0x0008, 0x0020, "DA", text: "20260101")
    add(&body, 0x0008, 0x0060, "CS", text: modality)
    add(&body, 0x0010, 0x0010, "PN", text: "ZZPHI^NAME")
    add(&body, 0x0010, 0x0020, "LO", text: "ZZPHI")
    add(&body, 0x0018, 0x0015, "CS", text: "CHEST")
    add(&body, 0x0018, 0x5101, "CS", text: view)
    add(&body, 0x0020, 0x000D, "UI", text: study)
    add(&body, 0x0020, 0x000E, "UI", text: series ?? study + ".1")
    add(&body, 0x0020, 0x0013, "IS", text: "1")
    if let expected { add(&body, 0x0020, 0x1208, "IS", text: String(expected)) }
    add(&body, 0x0028, 0x0002, "US", number: 1)
    add(&body, 0x0028, 0x0004, "CS", text: "MONOCHROME2")
    add(&body, 0x0028, 0x0010, "US", number: side)
    add(&body, 0x0028, 0x0011, "US", number: side)
    add(&body, 0x0028, 0x0100, "US", number: 16)
    add(&body, 0x0028, 0x0101, "US", number: 12)
    add(&body, 0x0028, 0x0102, "US", number: 11)
    add(&body, 0x0028, 0x0103, "US", number: 0)
    var pixels = Data()
    for index in 0..<side * side { little(&pixels, (index * 7 + seed) % 4096, 2) }
    header(&body, 0x7FE0, 0x0010, "OW", pixels.count)
    body += pixels.dropLast(pixelBytesMissing)
    return meta + body
  }

  private var meta: Data {
    var group = Data()
    header(&group, 0x0002, 0x0001, "OB", 2)
    group += [0, 1]
    add(&group, 0x0002, 0x0002, "UI", text: sopClass)
    add(&group, 0x0002, 0x0003, "UI", text: instance)
    add(&group, 0x0002, 0x0010, "UI", text: "1.2.840.10008.1.2.1")
    add(&group, 0x0002, 0x0012, "UI", text: "2.25.999")
    var file = Data(count: 128) + Data("DICM".utf8)
    header(&file, 0x0002, 0x0000, "UL", 4)
    little(&file, group.count, 4)
    return file + group
  }

  private func add(_ data: inout Data, _ group: Int, _ element: Int, _ vr: String, text: String) {
    var value = Data(text.utf8)
    if value.count % 2 == 1 { value.append(vr == "UI" ? 0 : 32) }
    header(&data, group, element, vr, value.count)
    data += value
  }

  private func add(_ data: inout Data, _ group: Int, _ element: Int, _ vr: String, number: Int) {
    header(&data, group, element, vr, 2)
    little(&data, number, 2)
  }

  private func header(
    _ data: inout Data, _ group: Int, _ element: Int, _ vr: String, _ count: Int
  ) {
    little(&data, group, 2)
    little(&data, element, 2)
    data += Data(vr.utf8)
    if ["OB", "OW"].contains(vr) {
      little(&data, 0, 2)
      little(&data, count, 4)
    } else {
      little(&data, count, 2)
    }
  }

  private func little(_ data: inout Data, _ value: Int, _ count: Int) {
    for byte in 0..<count { data.append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}
