import Imaging
import Networks

/// One prepared picture as it is kept: what a network sees of it, and what its pixels were.
struct PreparedRecord: Sendable {
  /// What is known of a phantom only after it is made.
  struct Made: Sendable, Codable, Hashable {
    let labels: [Float?]
    let patient: String
    let origin: String
  }

  let image: PreparedImage
  /// At the input size, by label.
  let truths: [Mask?]
  /// SHA-256 of the film's samples before preparation.
  let pixels: String
  let made: Made?
}

/// Where a record lies in a pack, and what it needs besides its pixels.
struct PackEntry: Sendable, Codable {
  /// Content digest of the film.
  let key: String
  let pixels: String
  let made: PreparedRecord.Made?
  let offset: Int
  let length: Int
  /// SHA-256 of the bytes.
  let sum: String
  let region: PixelRegion
  let sourceWidth: Int
  let sourceHeight: Int
  let hasLung: Bool
  /// By label, whether its truth is there.
  let truths: [Bool]
  /// Of the source's pixels; nil where it is not known.
  var spacing: PixelSpacing?
}

/// A record that lies in a mapped pack.
struct PackedRecord: Sendable {
  let file: MappedFile
  let entry: PackEntry
  let preparation: ImagePreparation

  /// Copies the record out of the map: the same bits as were prepared.
  func record() -> PreparedRecord {
    let (width, height) = (preparation.width, preparation.height)
    let cells = width * height
    return file.withBytes(entry.offset..<entry.offset + entry.length) { bytes in
      let pixels = [Float](unsafeUninitializedCapacity: cells) { target, count in
        UnsafeMutableRawBufferPointer(target).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[..<(cells * 4)]))
        count = cells
      }
      var at = cells * 4
      func mask(_ isThere: Bool) -> Mask? {
        guard isThere else { return nil }
        defer { at += (cells + 7) / 8 }
        return Mask(
          width: width, height: height,
          bits: (0..<cells).map { bytes[at + $0 / 8] >> UInt8($0 % 8) & 1 })
      }
      let lung = mask(entry.hasLung)
      let truths = entry.truths.map(mask)
      var image = PreparedImage(
        base: Image(width: width, height: height, pixels: pixels), lung: lung,
        region: entry.region, sourceWidth: entry.sourceWidth,
        sourceHeight: entry.sourceHeight, preparation: preparation)
      image.spacing = entry.spacing
      return PreparedRecord(
        image: image, truths: truths, pixels: entry.pixels, made: entry.made)
    }
  }
}

extension PreparedRecord {
  /// The base as 32-bit floats, then the masks, a bit a pixel. Little endian, as every machine that
  /// this is built for.
  func append(to bytes: inout [UInt8]) {
    image.base.pixels.withUnsafeBytes { bytes.append(contentsOf: $0) }
    for mask in [image.lung] + truths {
      guard let mask else { continue }
      var packed = [UInt8](repeating: 0, count: (mask.bits.count + 7) / 8)
      for (index, bit) in mask.bits.enumerated() where bit != 0 {
        packed[index / 8] |= 1 << UInt8(index % 8)
      }
      bytes += packed
    }
  }

  static func byteCount(_ preparation: ImagePreparation, lung: Bool, truths: Int) -> Int {
    let cells = preparation.width * preparation.height
    return cells * 4 + ((lung ? 1 : 0) + truths) * ((cells + 7) / 8)
  }
}
