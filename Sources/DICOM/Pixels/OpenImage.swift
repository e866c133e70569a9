import CDCMTK

/// An image file that is open for decoding: admitted again, its bytes the same as when it was
/// read. Used by one thread.
final class OpenImage {
  let instance: Instance
  let pixels: PixelDescription
  let structure: Structure
  /// The attributes before Pixel Data.
  let header: DataSet
  private let source: ByteSource
  private let data: Structure.PixelData
  private var fragments: FragmentMap?
  /// The whole data set, parsed when DCMTK has to decode.
  private var whole: DataSet?

  /// - Throws: `changedFile` when the bytes are not those of `instance`, and the guard's errors.
  init(_ instance: Instance, limits: Limits) throws(DICOMError) {
    let file = try ByteSource(path: instance.path.value)
    guard file.count == instance.byteCount, try file.sha256() == instance.sha256 else {
      throw DICOMError(.changedFile)
    }
    let admitted = try Guard(limits: limits).admit(file)
    guard let data = admitted.structure.pixelData else { throw DICOMError(.noPixelData) }
    self.instance = instance
    self.data = data
    structure = admitted.structure
    source = admitted.dataSet
    header = try DICOMFile.header(structure, source)
    let module = PixelModuleReading(dataSet: header, limits: limits)
    pixels = try module.description()
    try module.check(pixels, data)
  }

  /// Decodes one frame, counted from 0.
  /// - Throws: `frameOutOfRange`, `unsupportedTransferSyntax`, `unsupportedPixelFormat`,
  ///   `corruptPixelData`.
  func frame(_ index: Int) throws(DICOMError) -> StoredFrame {
    try check(index)
    guard data.fragments != nil else { return stored(try nativeFrame(index)) }
    let syntax = structure.transferSyntax.value
    switch syntax {
    case _ where Self.jpeg2000.contains(syntax): return stored(try jpeg2000Frame(index))
    case TransferSyntax.rleLossless.value: return stored(try runLengthFrame(index))
    case Self.deflatedFrame: return stored(try inflatedFrame(index))
    case _ where Self.byDCMTK.contains(syntax): return stored(try toolkitFrame(index))
    default:
      throw DICOMError(
        .unsupportedTransferSyntax, at: .attribute(Tag(0x0002, 0x0010)), valueClass: .unknown)
    }
  }

  private func check(_ index: Int) throws(DICOMError) {
    guard index >= 0, index < pixels.numberOfFrames else {
      throw DICOMError(.frameOutOfRange, at: .frame(index), valueClass: .outOfRange)
    }
    guard [1, 8, 16, 32].contains(pixels.bitsAllocated) else {
      throw DICOMError(.unsupportedPixelFormat, at: .attribute(.bitsAllocated))
    }
  }

  /// The values of `frame` in order, in pieces that stay in the cache where they lie uncompressed;
  /// `body` gets a piece and the number of values before it.
  func forEachPiece(
    of index: Int, _ body: (UnsafeBufferPointer<Int32>, Int) -> Void
  ) throws(DICOMError) {
    try check(index)
    let isSwapped =
      structure.encoding.isBigEndian && data.representation == "OW" && pixels.bitsAllocated <= 8
    guard data.fragments == nil, !isSwapped, pixels.bitsAllocated > 1,
      pixels.samplesPerPixel == 1
    else {
      return try frame(index).values.withUnsafeBufferPointer { body($0, 0) }
    }
    let unpacking = SampleUnpacking(pixels, isBigEndian: structure.encoding.isBigEndian)
    let width = unpacking.bytesPerSample
    let start = data.valueOffset + sampleCount * width * index
    var values = [Int32](repeating: 0, count: min(sampleCount, (32 << 10) / width))
    var done = 0
    while done < sampleCount {
      let count = min(values.count, sampleCount - done)
      let bytes = try source.load(at: start + done * width, count * width)
      values.withUnsafeMutableBufferPointer { target in
        bytes.withUnsafeBytes { unpacking.unpack($0, count: count, into: target) }
        body(UnsafeBufferPointer(rebasing: target[..<count]), done)
      }
      done += count
    }
  }

  private static let deflatedFrame = "1.2.840.10008.1.2.8.1"
  private static let jpeg2000: Set<String> = [
    "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.201",
    "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203",
  ]
  private static let byDCMTK: Set<String> = [
    "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.53",
    "1.2.840.10008.1.2.4.55", "1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.81",
  ]

  private func stored(_ values: [Int32]) -> StoredFrame {
    StoredFrame(
      rows: pixels.rows, columns: pixels.columns, samplesPerPixel: pixels.samplesPerPixel,
      values: values)
  }

  private var sampleCount: Int { pixels.rows * pixels.columns * pixels.samplesPerPixel }

  private func nativeFrame(_ index: Int) throws(DICOMError) -> [Int32] {
    let bits = pixels.nativeBits
    let first = bits * index / 8
    let last = (bits * (index + 1) + 7) / 8
    if structure.encoding.isBigEndian, data.representation == "OW", pixels.bitsAllocated <= 8 {
      return try swappedFrame(first: first, last: last, bitOffset: bits * index - first * 8)
    }
    let bytes = try source.load(at: data.valueOffset + first, last - first)
    return unpacked(bytes[...], bitOffset: bits * index - first * 8)
  }

  /// Bytes and bits in big endian words lie in swapped pairs (PS3.5 8.2).
  private func swappedFrame(first: Int, last: Int, bitOffset: Int) throws(DICOMError) -> [Int32] {
    let begin = first & ~1
    let end = min((last + 1) & ~1, data.length)
    var bytes = try source.load(at: data.valueOffset + begin, end - begin)
    for index in stride(from: 0, to: bytes.count - 1, by: 2) { bytes.swapAt(index, index + 1) }
    return unpacked(bytes[(first - begin)...], bitOffset: bitOffset)
  }

  /// Values of an uncompressed frame.
  private func unpacked(_ bytes: ArraySlice<UInt8>, bitOffset: Int) -> [Int32] {
    if pixels.bitsAllocated == 1 {
      return SampleUnpacking.bits(bytes, offset: bitOffset, count: sampleCount)
    }
    let unpacking = SampleUnpacking(pixels, isBigEndian: structure.encoding.isBigEndian)
    if pixels.photometricInterpretation == "YBR_FULL_422" {
      return SampleUnpacking.spread422(unpacking.values(bytes, count: sampleCount / 3 * 2))
    }
    let values = unpacking.values(bytes, count: sampleCount)
    return pixels.isPlanar
      ? SampleUnpacking.interleaved(values, samples: pixels.samplesPerPixel) : values
  }

  private func map() throws(DICOMError) -> FragmentMap {
    if let fragments { return fragments }
    let made = try FragmentMap(
      data, frames: pixels.numberOfFrames, in: source, structure.encoding)
    fragments = made
    return made
  }

  /// The joined fragments of a frame.
  private func codestream(_ index: Int) throws(DICOMError) -> [UInt8] {
    var stream: [UInt8] = []
    for range in try map().ranges(of: index) {
      stream += try source.load(at: range.lowerBound, range.count)
    }
    return stream
  }

  private func inflatedFrame(_ index: Int) throws(DICOMError) -> [Int32] {
    let expected = (pixels.nativeBits + 7) / 8
    let bytes = try Inflate.bounded(try codestream(index)[...], limit: expected + 1)
    guard bytes.count >= expected else {
      throw DICOMError(.pixelDataTooShort, at: .frame(index), valueClass: .tooShort)
    }
    return unpacked(bytes[...], bitOffset: 0)
  }

  private func runLengthFrame(_ index: Int) throws(DICOMError) -> [Int32] {
    guard pixels.bitsAllocated >= 8 else {
      throw DICOMError(.unsupportedPixelFormat, at: .attribute(.bitsAllocated))
    }
    let bytes = try RunLength.decoded(
      try codestream(index), pixels: pixels.rows * pixels.columns,
      samples: pixels.samplesPerPixel, bytesPerSample: pixels.bitsAllocated / 8)
    return SampleUnpacking(pixels).values(bytes[...], count: sampleCount)
  }

  private func jpeg2000Frame(_ index: Int) throws(DICOMError) -> [Int32] {
    let stream = try codestream(index)
    var buffer = [UInt8](repeating: 0, count: sampleCount * 4)
    var layout = cd_frame_layout()
    let status = stream.withUnsafeBufferPointer { input in
      buffer.withUnsafeMutableBufferPointer { output in
        cd_j2k(
          input.baseAddress, input.count, UInt32(pixels.rows), UInt32(pixels.columns),
          output.baseAddress, output.count, &layout)
      }
    }
    guard status == CD_OK else { throw DataSet.error(status, at: .frame(index)) }
    guard Int(layout.samples_a_pixel) == pixels.samplesPerPixel else {
      throw DICOMError(.corruptPixelData, at: .frame(index), valueClass: .inconsistent)
    }
    var unpacking = SampleUnpacking(pixels)
    unpacking.bytesPerSample = Int(layout.bytes_a_sample)
    // The codestream, not Bits Stored, says how many bits a sample has; an unsigned codestream of
    // a signed image still holds two's complement of that many bits.
    unpacking.bits = Int(layout.precision)
    unpacking.highBit = Int(layout.precision) - 1
    unpacking.isSigned = pixels.isSigned || layout.codestream_signed
    return unpacking.values(buffer[...], count: sampleCount)
  }

  private func toolkitFrame(_ index: Int) throws(DICOMError) -> [Int32] {
    let map = try map()
    try checkCodestream(map.ranges(of: index), index)
    let dataSet = try wholeDataSet()
    var buffer = [UInt8](repeating: 0, count: pixels.nativeBits / 8 * 2 + 2)
    let layout = try dataSet.frame(index, fragment: map.start(of: index), into: &buffer)
    guard Int(layout.bytes) >= sampleCount * pixels.bitsAllocated / 8 else {
      throw DICOMError(.pixelDataTooShort, at: .frame(index), valueClass: .tooShort)
    }
    let values = SampleUnpacking(pixels).values(buffer[...], count: sampleCount)
    return layout.planar
      ? SampleUnpacking.interleaved(values, samples: pixels.samplesPerPixel) : values
  }

  private func wholeDataSet() throws(DICOMError) -> DataSet {
    if let whole { return whole }
    let bytes = try source.load(
      at: structure.dataSetOffset, structure.dataSetEnd - structure.dataSetOffset)
    let made = try DataSet(bytes, syntax: structure.transferSyntax)
    whole = made
    return made
  }

  private func checkCodestream(_ ranges: [Range<Int>], _ index: Int) throws(DICOMError) {
    guard let first = ranges.first else { return }
    let head = try source.bytes(at: first.lowerBound, min(first.count, 64 << 10))
    guard let size = CodestreamSize.jpeg(head) else { return }
    guard size.rows == pixels.rows, size.columns == pixels.columns else {
      throw DICOMError(.corruptPixelData, at: .frame(index), valueClass: .inconsistent)
    }
  }
}
