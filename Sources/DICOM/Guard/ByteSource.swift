import Glibc
import Imaging

/// Random access to bytes that may not fit in memory: a file through one small window, or an array.
final class ByteSource {
  let count: Int
  private let descriptor: Int32
  private var window: [UInt8]
  private var start = 0
  private static let windowSize = 64 << 10

  init(_ bytes: [UInt8]) {
    descriptor = -1
    window = bytes
    count = bytes.count
  }

  /// Opens a regular file; a pipe or a device could block for ever.
  init(path: String) throws(DICOMError) {
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else { throw DICOMError(.unreadableFile) }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw DICOMError(.unreadableFile)
    }
    descriptor = opened
    count = Int(status.st_size)
    window = []
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The bytes from `offset`; fewer than `length` at the end of the source.
  func bytes(at offset: Int, _ length: Int) throws(DICOMError) -> ArraySlice<UInt8> {
    let length = min(length, count - offset)
    guard length > 0, offset >= 0 else { return [] }
    if offset < start || offset + length > start + window.count {
      guard descriptor >= 0 else { return [] }
      window = try load(at: offset, min(max(length, Self.windowSize), count - offset))
      start = offset
    }
    return window[offset - start..<offset - start + length]
  }

  /// A copy of a range, not kept in the window.
  func load(at offset: Int, _ length: Int) throws(DICOMError) -> [UInt8] {
    if descriptor < 0 { return Array(window[offset..<offset + length]) }
    var failed = false
    let loaded = [UInt8](unsafeUninitializedCapacity: length) { buffer, used in
      while used < length {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + used }, length - used, off_t(offset + used))
        if got < 0 && errno == EINTR { continue }
        if got <= 0 { break }
        used += got
      }
      failed = used < length
    }
    // Also a file that was cut while it was read.
    guard !failed else { throw DICOMError(.unreadableFile, at: .byteOffset(offset)) }
    return loaded
  }

  /// SHA-256 of everything, in hexadecimal, read in pieces of 1 MiB.
  func sha256() throws(DICOMError) -> String {
    let digest = SHA256.Hasher()
    var offset = 0
    while offset < count {
      let piece = try load(at: offset, min(1 << 20, count - offset))
      piece.withUnsafeBytes { digest.update($0) }
      offset += piece.count
    }
    return SHA256.hexadecimal(digest.finish())
  }
}
