/// e^x over a buffer, the same bits on every machine.
enum Exponential {
  typealias Pack = SIMD8<Float>

  /// x is cut to -87 ... 87, where a float still holds the result; relative error below 2e-7
  /// (the polynomial of Cephes' expf).
  @inline(__always)
  static func of(_ value: Pack) -> Pack {
    let (least, most) = (Pack(repeating: -87), Pack(repeating: 87))
    let x = value.replacing(with: least, where: value .< least)
      .replacing(with: most, where: value .> most)
    // Adding it leaves the nearest whole number in the low bits.
    let rounder = Pack(repeating: 0x1.8p23)
    let shifted = x * 1.442_695_04 + rounder
    let whole = shifted - rounder
    let rest = (x - whole * 0.693_359_375) - whole * -2.121_944_4e-4
    var y = Pack(repeating: 1.987_569_15e-4)
    y = y * rest + 1.398_199_950_7e-3
    y = y * rest + 8.333_451_907_3e-3
    y = y * rest + 4.166_579_589_4e-2
    y = y * rest + 1.666_666_545_9e-1
    y = y * rest + 5.000_000_120_1e-1
    y = y * (rest * rest) + rest + 1
    let power =
      (unsafeBitCast(shifted, to: SIMD8<Int32>.self) &<< SIMD8(repeating: 23))
      &+ SIMD8(repeating: 0x3F80_0000)
    return y * unsafeBitCast(power, to: Pack.self)
  }

  /// In place, on `count` rounded up to whole packs: the buffer holds that many.
  static func apply(_ values: UnsafeMutablePointer<Float>, count: Int) {
    for at in stride(from: 0, to: count, by: 8) {
      let pack = UnsafeMutableRawPointer(values + at)
      pack.storeBytes(of: of(pack.loadUnaligned(as: Pack.self)), as: Pack.self)
    }
  }

  /// 1 / (1 + e^-x), from one buffer to another, on `count` rounded up to whole packs.
  static func sigmoid(
    _ values: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>, count: Int,
    negated: Bool = false
  ) {
    let sign: Float = negated ? 1 : -1
    for at in stride(from: 0, to: count, by: 8) {
      let value = UnsafeRawPointer(values + at).loadUnaligned(as: Pack.self)
      UnsafeMutableRawPointer(result + at).storeBytes(
        of: 1 / (1 + of(value * sign)), as: Pack.self)
    }
  }
}
