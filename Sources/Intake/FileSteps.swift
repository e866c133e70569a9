import Findings
import Glibc

/// The steps on files that leave nothing half done: temporary name, write, fsync, rename, fsync of
/// the folder.
enum FileSteps {
  static func makeFolder(_ path: String) throws {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw error(errno, at: "quarantine")
    }
    try makeFolder(String(path[..<slash]))
    guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw error(errno, at: "quarantine") }
  }

  /// Writes a small file as a whole or not at all.
  static func write(_ bytes: [UInt8], to path: String) throws {
    let temporary = path + ".part"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw error(errno, at: "quarantine") }
    let result = writeAll(bytes[...], to: file) ? fsync(file) : -1
    let reason = errno
    close(file)
    guard result == 0, rename(temporary, path) == 0 else {
      let last = result == 0 ? errno : reason
      unlink(temporary)
      throw error(last, at: "quarantine")
    }
  }

  /// A second name for the file, or a copy of it where the disk is another one.
  static func linkOrCopy(_ source: String, to target: String, at place: String) throws {
    // Through the descriptor's name, so that a symbolic link gives its file, not itself.
    if linkat(AT_FDCWD, source, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0 || errno == EEXIST {
      return
    }
    let reason = errno
    guard [EXDEV, EPERM, EMLINK, EOPNOTSUPP].contains(reason) else {
      throw error(reason, at: place)
    }
    try copy(source, to: target, at: place)
  }

  static func move(_ source: String, to target: String, at place: String) throws {
    if rename(source, target) == 0 || errno == ENOENT { return }
    guard errno == EXDEV else { throw error(errno, at: place) }
    try copy(source, to: target, at: place)
    guard unlink(source) == 0 || errno == ENOENT else { throw error(errno, at: place) }
  }

  static func synchronize(folder: String, at place: String) throws {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw error(errno, at: place) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw error(errno, at: place) }
  }

  /// A file that may not be read is left where it is: its reason file says so.
  private static func copy(_ source: String, to target: String, at place: String) throws {
    let input = open(source, O_RDONLY | O_CLOEXEC)
    guard input >= 0 else { return }
    defer { close(input) }
    let temporary = target + ".part"
    let output = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw error(errno, at: place) }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var failure: Int32 = 0
    while failure == 0 {
      let count = read(input, &buffer, buffer.count)
      if count == 0 { break }
      if count < 0 || !writeAll(buffer[0..<count], to: output) { failure = errno }
    }
    if failure == 0, fsync(output) != 0 { failure = errno }
    close(output)
    if failure == 0, rename(temporary, target) != 0 { failure = errno }
    if failure != 0 {
      unlink(temporary)
      throw error(failure, at: place)
    }
  }

  private static func writeAll(_ bytes: ArraySlice<UInt8>, to file: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let count = Glibc.write(
          file, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return false }
        offset += count
      }
      return true
    }
  }

  private static func error(_ number: Int32, at place: String) -> StoreError {
    switch number {
    case ENOSPC, EDQUOT, EIO: StoreError(.full, at: place, systemCode: number)
    case EACCES, EPERM, EROFS: StoreError(.readOnly, at: place, systemCode: number)
    case ENOENT, ENOTDIR: StoreError(.missing, at: place, systemCode: number)
    default: StoreError(.internalFailure, at: place, systemCode: number)
    }
  }
}
