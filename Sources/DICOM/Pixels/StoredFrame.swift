/// Stored values of one frame: interleaved by pixel, masked to Bits Stored and sign-extended.
package struct StoredFrame: Sendable {
  package let rows: Int
  package let columns: Int
  package let samplesPerPixel: Int
  /// `values[(row * columns + column) * samplesPerPixel + sample]`. Unsigned 32-bit values above
  /// `Int32.max` keep their bit pattern.
  package let values: [Int32]
}

/// Turns the bytes of a decoded frame into stored values (PS3.5 8.1.1).
struct SampleUnpacking {
  let pixels: PixelDescription
  var bytesPerSample: Int
  var isBigEndian = false
  /// A sample occupies bits `highBit + 1 - bits ... highBit` of its cell.
  var bits: Int
  var highBit: Int
  var isSigned: Bool

  /// Of native and DCMTK-decoded frames: as the header says.
  init(_ pixels: PixelDescription, isBigEndian: Bool = false) {
    self.pixels = pixels
    bytesPerSample = pixels.bitsAllocated / 8
    self.isBigEndian = isBigEndian
    bits = pixels.bitsStored
    highBit = pixels.highBit
    isSigned = pixels.isSigned
  }

  /// Of `count` samples that begin at `bytes[0]`.
  func values(_ bytes: ArraySlice<UInt8>, count: Int) -> [Int32] {
    [Int32](unsafeUninitializedCapacity: count) { out, used in
      bytes.withUnsafeBytes { unpack($0, count: count, into: out) }
      used = count
    }
  }

  /// As `values`, into memory that the caller owns: at least `count` values.
  func unpack(
    _ raw: UnsafeRawBufferPointer, count: Int, into out: UnsafeMutableBufferPointer<Int32>
  ) {
    precondition(raw.count >= count * bytesPerSample && out.count >= count)
    // One loop for each layout, so that each is a vector loop.
    switch (bytesPerSample, isBigEndian) {
    case (1, _): fill(out, count) { UInt32(raw[$0]) }
    case (2, false):
      fill(out, count) { UInt32(raw.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)) }
    case (2, true):
      fill(out, count) {
        UInt32(raw.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self).byteSwapped)
      }
    case (_, false):
      fill(out, count) { raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self) }
    case (_, true):
      fill(out, count) {
        raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self).byteSwapped
      }
    }
  }

  @inline(__always)
  private func fill(
    _ out: UnsafeMutableBufferPointer<Int32>, _ count: Int, _ cell: (Int) -> UInt32
  ) {
    let shift = UInt32(highBit + 1 - bits)
    let mask: UInt32 = bits >= 32 ? .max : (1 << UInt32(bits)) - 1
    let sign: UInt32 = isSigned && bits < 32 ? 1 << UInt32(bits - 1) : 0
    for index in 0..<count {
      let value = (cell(index) &>> shift) & mask
      // Two's complement: subtracting the sign bit twice extends it.
      out[index] = Int32(bitPattern: (value ^ sign) &- sign)
    }
  }

  /// Bits packed from the least significant one, `offset` bits into `bytes`.
  static func bits(_ bytes: ArraySlice<UInt8>, offset: Int, count: Int) -> [Int32] {
    (0..<count).map { index in
      let bit = offset + index
      return Int32(bytes[bytes.startIndex + bit >> 3] >> UInt8(bit & 7) & 1)
    }
  }

  /// Colour by plane to colour by pixel.
  static func interleaved(_ planar: [Int32], samples: Int) -> [Int32] {
    let size = planar.count / samples
    var result = [Int32](repeating: 0, count: planar.count)
    for sample in 0..<samples {
      for index in 0..<size { result[index * samples + sample] = planar[sample * size + index] }
    }
    return result
  }

  /// Y Y Cb Cr of two pixels to Y Cb Cr of each (PS3.3 C.7.6.3.1.2).
  static func spread422(_ packed: [Int32]) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(packed.count / 2 * 3)
    for start in stride(from: 0, to: packed.count - 3, by: 4) {
      let (cb, cr) = (packed[start + 2], packed[start + 3])
      result += [packed[start], cb, cr, packed[start + 1], cb, cr]
    }
    return result
  }
}
