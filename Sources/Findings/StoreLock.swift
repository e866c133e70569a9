import Glibc

/// The right to write to one store: an advisory lock on a file beside it.
///
/// The kernel drops it with the process, also after `kill -9`, so that no stale lock is left.
final class StoreLock: Sendable {
  private let descriptor: Int32

  /// - Throws: `StoreError` `locked` when another holder is there, `readOnly` or `missing` when
  ///   the lock file cannot be made.
  init(path: String) throws {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      let reason = errno
      let code: StoreError.Code =
        switch reason {
        case ENOENT, ENOTDIR: .missing
        case ENOSPC, EDQUOT, EIO: .full
        default: .readOnly
        }
      throw StoreError(code, at: "lock", systemCode: reason)
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      let reason = errno
      close(file)
      throw StoreError(.locked, at: "lock", systemCode: reason)
    }
    descriptor = file
  }

  deinit { close(descriptor) }
}
