import Foundation
import Imaging
import Networks

/// A file of prepared records: a header, the records, and an index of them in JSON. It is written
/// as a whole or not at all, and never changed; what is torn or altered is told by the length in
/// the header, the digest of the index and the digest of each record.
///
/// Header, 64 bytes: `PLRPREP1`, length of the file, offset and length of the index (unsigned
/// 64-bit, little endian), SHA-256 of the index.
enum PreparedPack {
  private static let magic = Array("PLRPREP1".utf8)
  private static let headerSize = 64
  private static let alignment = 64

  static func encode(_ records: [(key: String, record: PreparedRecord)]) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: headerSize)
    var entries: [PackEntry] = []
    for (key, record) in records {
      let padding = (alignment - bytes.count % alignment) % alignment
      bytes += [UInt8](repeating: 0, count: padding)
      let offset = bytes.count
      record.append(to: &bytes)
      entries.append(
        PackEntry(
          key: key, pixels: record.pixels, made: record.made, offset: offset,
          length: bytes.count - offset,
          sum: bytes.withUnsafeBytes {
            digest(UnsafeRawBufferPointer(rebasing: $0[offset...]))
          },
          region: record.image.region, sourceWidth: record.image.sourceWidth,
          sourceHeight: record.image.sourceHeight, hasLung: record.image.lung != nil,
          truths: record.truths.map { $0 != nil }, spacing: record.image.spacing))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    guard let index = try? encoder.encode(entries) else {
      throw TrainingError(.cacheNotWritable)
    }
    let offset = bytes.count
    bytes += index
    let numbers = [bytes.count, offset, index.count].flatMap(littleEndian)
    bytes.replaceSubrange(
      0..<headerSize, with: magic + numbers + SHA256.digest(of: [UInt8](index)))
    return bytes
  }

  /// The records of these keys. nil for a file that is torn, altered, or not of this preparation.
  static func open(
    _ path: String, keys: Set<String>, preparation: ImagePreparation
  ) -> [PackedRecord]? {
    guard let file = MappedFile(path), let entries = index(of: file) else { return nil }
    let wanted = entries.filter { keys.contains($0.key) }
    for entry in wanted {
      let size = PreparedRecord.byteCount(
        preparation, lung: entry.hasLung, truths: entry.truths.count(where: \.self))
      guard entry.length == size, entry.offset >= headerSize,
        entry.offset <= file.count - size,
        file.withBytes(entry.offset..<entry.offset + size, digest) == entry.sum,
        entry.region.width > 0, entry.region.height > 0, entry.sourceWidth > 0,
        entry.sourceHeight > 0
      else { return nil }
    }
    file.forget()
    return wanted.map { PackedRecord(file: file, entry: $0, preparation: preparation) }
  }

  private static func index(of file: MappedFile) -> [PackEntry]? {
    guard file.count >= headerSize else { return nil }
    let header = file.withBytes(0..<headerSize) { [UInt8]($0) }
    guard Array(header[..<8]) == magic, number(header, 8) == file.count else { return nil }
    let (offset, length) = (number(header, 16), number(header, 24))
    guard offset >= headerSize, length >= 0, offset <= file.count,
      length == file.count - offset
    else { return nil }
    let bytes = file.withBytes(offset..<offset + length) { [UInt8]($0) }
    guard SHA256.digest(of: bytes) == Array(header[32...]) else { return nil }
    return try? JSONDecoder().decode([PackEntry].self, from: Data(bytes))
  }

  private static func digest(_ bytes: UnsafeRawBufferPointer) -> String {
    let hasher = SHA256.Hasher()
    hasher.update(bytes)
    return SHA256.hexadecimal(hasher.finish())
  }

  private static func littleEndian(_ value: Int) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// -1 for what no file is as long as.
  private static func number(_ bytes: [UInt8], _ at: Int) -> Int {
    let value = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[at + $1]) << (8 * UInt64($1)) }
    return Int(exactly: value) ?? -1
  }
}
