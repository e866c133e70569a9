/// How the elements of a data set are written (PS3.5 7.1 and A).
struct Encoding: Equatable {
  var isExplicit: Bool
  var isBigEndian: Bool

  static let implicitLittle = Encoding(isExplicit: false, isBigEndian: false)
  static let explicitLittle = Encoding(isExplicit: true, isBigEndian: false)
  static let explicitBig = Encoding(isExplicit: true, isBigEndian: true)

  func uint16(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt16 {
    let a = UInt16(bytes[bytes.startIndex + offset])
    let b = UInt16(bytes[bytes.startIndex + offset + 1])
    return isBigEndian ? a << 8 | b : b << 8 | a
  }

  func uint32(_ bytes: ArraySlice<UInt8>, _ offset: Int) -> UInt32 {
    let a = UInt32(uint16(bytes, offset))
    let b = UInt32(uint16(bytes, offset + 2))
    return isBigEndian ? a << 16 | b : b << 16 | a
  }

  /// The value representations of PS3.5 6.2, and whether their length has 32 bits.
  static let representations: [String: Bool] = {
    var known: [String: Bool] = [:]
    let short = "AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US"
    let long = "OB OD OF OL OV OW SQ SV UC UN UR UT UV"
    for vr in short.split(separator: " ") { known[String(vr)] = false }
    for vr in long.split(separator: " ") { known[String(vr)] = true }
    return known
  }()

  /// What the first bytes of a data set look like, when its transfer syntax is not known or not
  /// true: a low group number and, for explicit encodings, a value representation.
  static func detected(in first: ArraySlice<UInt8>) -> Encoding? {
    guard first.count >= 8 else { return nil }
    let bytes = Array(first.prefix(8))
    let vr = String(decoding: bytes[4..<6], as: UTF8.self)
    let explicit = representations[vr] != nil
    let little = UInt16(bytes[1]) << 8 | UInt16(bytes[0])
    let big = UInt16(bytes[0]) << 8 | UInt16(bytes[1])
    if little >= 2 && little <= 0x40 { return explicit ? .explicitLittle : .implicitLittle }
    if big >= 2 && big <= 0x40 { return explicit ? .explicitBig : nil }
    return nil
  }
}
