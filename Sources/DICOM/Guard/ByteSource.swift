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
    let loaded = [UInt8](unsafeUninitializedCapacity: length) { buffer, used in
      used = read(into: UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    // Also a file that was cut while it was read.
    guard loaded.count == length else {
      throw DICOMError(.unreadableFile, at: .byteOffset(offset))
    }
    return loaded
  }

  /// Fills a buffer from the file; fewer bytes when it cannot be read to the end of the buffer.
  private func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
    var used = 0
    while used < buffer.count {
      let got = pread(
        descriptor, buffer.baseAddress.map { $0 + used }, buffer.count - used,
        off_t(offset + used))
      if got < 0 && errno == EINTR { continue }
      if got <= 0 { break }
      used += got
    }
    return used
  }

  /// SHA-256 of everything, in hexadecimal, read through one buffer that stays in the cache.
  func sha256() throws(DICOMError) -> String {
    guard descriptor >= 0 else {
      let digest = SHA256.Hasher()
      window.withUnsafeBytes { digest.update($0) }
      return SHA256.hexadecimal(digest.finish())
    }
    let (result, hashed) = withUnsafeTemporaryAllocation(
      byteCount: Self.windowSize, alignment: 16
    ) { buffer in
      let digest = SHA256.Hasher()
      var offset = 0
      while offset < count {
        let used = read(
          into: .init(rebasing: buffer[..<min(buffer.count, count - offset)]), at: offset)
        if used == 0 { break }
        digest.update(.init(rebasing: buffer[..<used]))
        offset += used
      }
      return (digest.finish(), offset)
    }
    guard hashed == count else {
      throw DICOMError(.unreadableFile, at: .byteOffset(hashed))
    }
    return SHA256.hexadecimal(result)
  }
}
