import CZlib

/// Raw deflate (RFC 1951) with a bound on what comes out (PS3.5 A.5).
package enum Inflate {
  /// - Parameter hasHeader: whether the stream is wrapped as zlib does (RFC 1950), with a checksum.
  /// - Throws: `inflatedSizeExceedsLimit` before more than `limit` bytes are held; `truncated` or
  ///   `malformed` for a broken stream.
  package static func bounded(
    _ input: ArraySlice<UInt8>, limit: Int, hasHeader: Bool = false
  ) throws(DICOMError) -> [UInt8] {
    var stream = z_stream()
    guard
      inflateInit2_(
        &stream, hasHeader ? MAX_WBITS : -MAX_WBITS, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw DICOMError(.outOfMemory) }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    output.reserveCapacity(min(limit, input.count * 4, 16 << 20))
    var piece = [UInt8](repeating: 0, count: 64 << 10)
    var consumed = input.startIndex
    while true {
      let status = step(&stream, input, &consumed, &piece, &output)
      guard output.count <= limit else {
        throw DICOMError(.inflatedSizeExceedsLimit, valueClass: .outOfRange)
      }
      if status == Z_STREAM_END { return output }
      guard status == Z_OK else {
        throw DICOMError(
          status == Z_BUF_ERROR ? .truncated : .malformed,
          at: .byteOffset(consumed - input.startIndex))
      }
    }
  }

  private static func step(
    _ stream: inout z_stream, _ input: ArraySlice<UInt8>, _ consumed: inout Int,
    _ piece: inout [UInt8], _ output: inout [UInt8]
  ) -> Int32 {
    let left = min(input.endIndex - consumed, 1 << 30)
    let size = piece.count
    let position = consumed - input.startIndex
    let status = input.withUnsafeBufferPointer { source in
      piece.withUnsafeMutableBufferPointer { target in
        stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0 + position) }
        stream.avail_in = UInt32(left)
        stream.next_out = target.baseAddress
        stream.avail_out = UInt32(size)
        return inflate(&stream, Z_NO_FLUSH)
      }
    }
    consumed += left - Int(stream.avail_in)
    output.append(contentsOf: piece.prefix(size - Int(stream.avail_out)))
    return status
  }
}
