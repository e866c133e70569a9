import Glibc

/// Whole-file reads and writes that leave either the old file or the complete new one.
package enum AtomicFile {
  /// How the names of files begin that are not complete yet; those of a killed process stay.
  package static let temporaryPrefix = ".pleura-"

  /// The umask when the first file is written: `mkstemp` alone would make all files private.
  private static let creationMask: mode_t = {
    let mask = umask(0o077)
    umask(mask)
    return mask
  }()

  /// Writes to a temporary name in the same folder, flushes, renames, and flushes the folder.
  ///
  /// Throws `unwritable` with `errno`; the temporary file is removed then. The folder must exist.
  ///
  /// Without `durable` nothing is flushed: for files that the same command can make again.
  package static func write(_ bytes: [UInt8], to path: String, durable: Bool = true) throws {
    try bytes.withUnsafeBytes { try write($0, to: path, durable: durable) }
  }

  package static func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  package static func write(
    _ bytes: UnsafeRawBufferPointer, to path: String, durable: Bool = true
  ) throws {
    let folder = folder(of: path)
    var template = Array("\(folder)/\(temporaryPrefix)XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw failure("create") }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let temporary = String(
      decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    do {
      try writeAll(bytes, descriptor)
      guard fchmod(descriptor, 0o666 & ~creationMask) == 0 else { throw failure("mode") }
      guard !durable || fsync(descriptor) == 0 else { throw failure("flush") }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    close(descriptor)  // After the flush nothing is left that a failure here could lose.
    guard rename(temporary, path) == 0 else {
      let error = failure("rename")
      unlink(temporary)
      throw error
    }
    if durable { try flushFolder(folder) }
  }

  /// Makes the names in a folder durable.
  package static func flushFolder(_ folder: String) throws {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("folder") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("folder-flush") }
  }

  /// The bytes of a regular file of at most `limit` bytes.
  package static func read(_ path: String, limit: Int = 1 << 31) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ImagingError(.unreadable, "open", systemError: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw ImagingError(.unreadable, "status", systemError: errno)
    }
    let size = Int(status.st_size)
    guard size <= limit else { throw ImagingError(.tooLarge, "file") }
    var failed: Int32 = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if got < 0 && errno == EINTR { continue }
        if got < 0 { failed = errno }
        if got <= 0 { break }
        count += got
      }
    }
    guard failed == 0 else { throw ImagingError(.unreadable, "read", systemError: failed) }
    return bytes
  }

  private static func writeAll(_ bytes: UnsafeRawBufferPointer, _ descriptor: Int32) throws {
    var done = 0
    while done < bytes.count {
      let wrote = Glibc.write(
        descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
      if wrote < 0 && errno == EINTR { continue }
      guard wrote > 0 else { throw failure("write") }
      done += wrote
    }
  }

  private static func failure(_ place: String) -> ImagingError {
    ImagingError(.unwritable, place, systemError: errno)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
