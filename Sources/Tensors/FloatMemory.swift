import Foundation

/// A block of floats outside the arrays of Swift, aligned to 64 bytes; large blocks are asked for
/// in huge pages, since kernels walk them in rows that lie pages apart.
///
/// `@unchecked Sendable`: whoever makes it writes it before it is shared; afterwards it is read
/// only, or belongs to one workspace.
package final class FloatMemory: @unchecked Sendable {
  package let count: Int
  private let memory: UnsafeMutableRawPointer

  package init(count: Int) {
    self.count = count
    let bytes = max(count, 1) * 4
    let isLarge = bytes >= 2 * FloatMemory.hugePage
    memory = .allocate(byteCount: bytes, alignment: isLarge ? FloatMemory.hugePage : 64)
    #if os(Linux)
      // A wish: where the system has none to give, small pages serve.
      if isLarge { madvise(memory, bytes, Int32(MADV_HUGEPAGE)) }
    #endif
    memory.initializeMemory(as: Float.self, repeating: 0, count: 1)
  }

  private static let hugePage = 1 << 21

  deinit { memory.deallocate() }

  package var cells: Cells { Cells(memory.assumingMemoryBound(to: Float.self)) }

  /// `count` rounded up to whole cache lines.
  package static func rounded(_ count: Int) -> Int { (count + 15) / 16 * 16 }
}

/// Lends read access to the elements of all tensors for the length of `body`.
package func withCells<R>(of tensors: [Tensor], _ body: ([Cells]) throws -> R) rethrows -> R {
  func lend(_ index: Int, _ lent: [Cells]) throws -> R {
    guard index < tensors.count else { return try body(lent) }
    return try tensors[index].values.withUnsafeBufferPointer { buffer in
      let cells = buffer.baseAddress.map { Cells(UnsafeMutablePointer(mutating: $0)) }
      return try lend(index + 1, lent + [cells ?? .nothing])
    }
  }
  return try lend(0, [])
}
