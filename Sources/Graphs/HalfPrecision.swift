/// The two 16-bit forms of weights, as single precision; both conversions are exact.
enum HalfPrecision {
  /// IEEE 754 binary16: 5 bits of exponent, 10 of fraction.
  static func ieee(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1f
    let fraction = UInt32(bits) & 0x3ff
    switch exponent {
    case 0:
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: magnitude.bitPattern | sign)
    case 0x1f: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }

  /// bfloat16: the upper half of single precision.
  static func brain(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }
}
