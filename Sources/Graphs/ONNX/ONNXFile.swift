import Foundation

/// Reading of model files and of the data files beside them.
enum ONNXFile {
  /// The bytes of a regular file of at most `limit` bytes.
  static func read(_ path: String, limit: Int) throws -> [UInt8] {
    try open(path, followLinks: true, ONNXError(.fileUnreadable)) { file, size in
      guard size <= limit else { throw ONNXError(.fileTooLarge, [size, limit]) }
      return try bytes(file, 0, size, ONNXError(.fileUnreadable))
    }
  }

  static func folder(of path: String) -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return "." }
    return parts.dropLast().joined(separator: "/") + "/"
  }

  /// `length` bytes from `offset` of the file `name` in `folder`; the rest of it when nil.
  ///
  /// Throws `error` unless the name is a plain file name, the file a regular file and no link,
  /// and the bytes lie inside it; `expected` must be the number of bytes.
  static func part(
    of name: String, in folder: String, offset: Int, length: Int?, expected: Int, _ error: ONNXError
  ) throws -> [UInt8] {
    let plain =
      !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 < 32 }
    guard plain else { throw error }
    return try open(folder + "/" + name, followLinks: false, error) { file, size in
      guard offset >= 0, offset <= size else { throw error }
      let count = length ?? size - offset
      guard count == expected, count <= size - offset else { throw error }
      return try bytes(file, offset, count, error)
    }
  }

  private static func open<R>(
    _ path: String, followLinks: Bool, _ error: ONNXError, _ body: (Int32, Int) throws -> R
  ) throws -> R {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followLinks ? 0 : O_NOFOLLOW)
    let file = Foundation.open(path, flags)
    guard file >= 0 else { throw error }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw error }
    return try body(file, Int(status.st_size))
  }

  private static func bytes(
    _ file: Int32, _ offset: Int, _ count: Int, _ error: ONNXError
  ) throws -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          file, buffer.baseAddress.map { $0 + filled }, count - filled, offset + filled)
        guard got > 0 else { break }
        filled += got
      }
    }
    guard bytes.count == count else { throw error }
    return bytes
  }
}
