import Glibc
import Imaging

/// A file in the address space, read only: its pages come and go as they are needed and never
/// count as memory of this program's own.
final class MappedFile: Sendable {
  /// Where it begins, as a number: a pointer would not be `Sendable`, though nothing here writes.
  private let address: UInt
  let count: Int

  /// nil for what cannot be opened or mapped, and for an empty file.
  init?(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size > 0,
      let start = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { return nil }
    address = UInt(bitPattern: start)
    count = Int(status.st_size)
  }

  deinit { munmap(UnsafeMutableRawPointer(bitPattern: address), count) }

  /// Bytes of the file; `range` lies within it.
  func withBytes<R>(_ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R
  {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    let start = UnsafeRawPointer(bitPattern: address).map { $0 + range.lowerBound }
    return try body(UnsafeRawBufferPointer(start: start, count: range.count))
  }

  /// Lets the kernel take the pages back at once, after a pass over all of them.
  func forget() {
    madvise(UnsafeMutableRawPointer(bitPattern: address), count, MADV_DONTNEED)
  }
}
