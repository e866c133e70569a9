/// What a file may cost before it is refused.
package struct Limits: Sendable {
  /// Bytes of a file.
  package var fileBytes = 4 << 30
  /// Bytes of attributes before Pixel Data.
  package var headerBytes = 512 << 20
  /// Bytes of all decoded frames.
  package var decodedBytes = 2 << 30
  /// Frames of one object.
  package var frames = 100_000
  /// Sequences within sequences.
  package var nesting = 64
  /// Bytes that a deflated data set may become.
  package var inflatedBytes = 512 << 20
  /// Growth that needs no reason; above it a data set may grow `inflateRatio` times.
  package var inflatedFloor = 64 << 20
  package var inflateRatio = 200

  package init() {}

  /// The limit for `count` deflated bytes.
  func inflatedLimit(for count: Int) -> Int {
    let allowed = count.multipliedReportingOverflow(by: inflateRatio)
    return min(inflatedBytes, max(inflatedFloor, allowed.overflow ? .max : allowed.partialValue))
  }
}
