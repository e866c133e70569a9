/// The values of one point that are filtered together.
protocol LatticeLane: Sendable {
  /// How many floats.
  static var floats: Int { get }
  static var zero: Self { get }
  func plus(_ other: Self) -> Self
  func times(_ factor: Float) -> Self
}

extension Float: LatticeLane {
  static var floats: Int { 1 }
  @inline(__always) func plus(_ other: Float) -> Float { self + other }
  @inline(__always) func times(_ factor: Float) -> Float { self * factor }
}

extension SIMD2<Float>: LatticeLane {
  static var floats: Int { 2 }
  @inline(__always) func plus(_ other: Self) -> Self { self + other }
  @inline(__always) func times(_ factor: Float) -> Self { self * factor }
}

extension SIMD4<Float>: LatticeLane {
  static var floats: Int { 4 }
  @inline(__always) func plus(_ other: Self) -> Self { self + other }
  @inline(__always) func times(_ factor: Float) -> Self { self * factor }
}

extension SIMD8<Float>: LatticeLane {
  static var floats: Int { 8 }
  @inline(__always) func plus(_ other: Self) -> Self { self + other }
  @inline(__always) func times(_ factor: Float) -> Self { self * factor }
}

/// 32 values: four packs of 8, since memory is aligned to 64 bytes.
struct WideLane: LatticeLane {
  var parts: (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>, SIMD8<Float>)

  static var floats: Int { 32 }
  static var zero: WideLane { WideLane(parts: (.zero, .zero, .zero, .zero)) }

  @inline(__always) func plus(_ other: WideLane) -> WideLane {
    WideLane(
      parts: (
        parts.0 + other.parts.0, parts.1 + other.parts.1, parts.2 + other.parts.2,
        parts.3 + other.parts.3
      ))
  }

  @inline(__always) func times(_ factor: Float) -> WideLane {
    WideLane(
      parts: (parts.0 * factor, parts.1 * factor, parts.2 * factor, parts.3 * factor))
  }
}

/// The same memory as lanes; it is aligned to 64 bytes where a lane is wider than a float.
@inline(__always)
func lanes<Lane>(
  _ floats: UnsafeMutablePointer<Float>, _: Lane.Type
) -> UnsafeMutablePointer<Lane> {
  UnsafeMutableRawPointer(floats).assumingMemoryBound(to: Lane.self)
}
