/// RLE compression (PS3.5 G): each byte of each sample is a segment of PackBits runs.
///
/// Decoded here because the decoder of DCMTK 3.6.7 reads one fragment a frame, and lacks bounds
/// checks that later releases have.
enum RunLength {
  /// Samples interleaved by pixel, `bytesPerSample` little endian bytes each.
  /// - Throws: `corruptPixelData` unless each segment holds exactly its plane (PS3.5 G.3.1 lets an
  ///   encoder round a segment up, so bytes beyond the plane are not an error).
  static func decoded(_ stream: [UInt8], pixels: Int, samples: Int, bytesPerSample: Int)
    throws(DICOMError) -> [UInt8]
  {
    let segments = samples * bytesPerSample
    guard stream.count >= 64, word(stream, 0) == segments, segments <= 15 else { throw corrupt }
    var offsets = (1...segments).map { word(stream, $0 * 4) }
    offsets.append(stream.count)
    guard offsets[0] >= 64, zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }) else {
      throw corrupt
    }
    var output = [UInt8](repeating: 0, count: pixels * segments)
    for segment in 0..<segments {
      // Segments run from the most significant byte of the first sample.
      let (sample, fromTop) = segment.quotientAndRemainder(dividingBy: bytesPerSample)
      let first = sample * bytesPerSample + bytesPerSample - 1 - fromTop
      let filled = output.withUnsafeMutableBufferPointer { out in
        unpack(
          stream[offsets[segment]..<offsets[segment + 1]], count: pixels, to: out, first: first,
          stride: segments)
      }
      guard filled else { throw corrupt }
    }
    return output
  }

  private static var corrupt: DICOMError {
    DICOMError(.corruptPixelData, at: .attribute(.pixelData), valueClass: .inconsistent)
  }

  private static func word(_ bytes: [UInt8], _ offset: Int) -> Int {
    Int(Encoding.explicitLittle.uint32(bytes[offset..<offset + 4], 0))
  }

  /// False when the runs end before `count` bytes are written.
  private static func unpack(
    _ runs: ArraySlice<UInt8>, count: Int, to output: UnsafeMutableBufferPointer<UInt8>,
    first: Int, stride: Int
  ) -> Bool {
    var written = 0
    var index = runs.startIndex
    while written < count {
      guard index < runs.endIndex else { return false }
      let control = Int(Int8(bitPattern: runs[index]))
      index += 1
      if control >= 0 {
        let length = min(control + 1, count - written)
        guard index + length <= runs.endIndex else { return false }
        for step in 0..<length {
          output[first + (written + step) * stride] = runs[index + step]
        }
        index += control + 1
        written += length
      } else if control != -128 {
        guard index < runs.endIndex else { return false }
        let length = min(1 - control, count - written)
        for step in 0..<length { output[first + (written + step) * stride] = runs[index] }
        index += 1
        written += length
      }
    }
    return true
  }
}
