import Dispatch
import Foundation
import Synchronization

/// The only caller of `concurrentPerform`.
///
/// Work is cut by shape, never by the number of cores, and each piece is computed by exactly one
/// worker in a fixed order: the result has the same bits for every `width`.
package enum Parallel {
  /// The width where nobody asks for another: one a core that the process may use, at most 128.
  /// OpenBLAS is built for a bounded number of callers at once (Debian 12 reports MAX_THREADS=64);
  /// wider is left to whoever asks for it by number.
  package static var defaultWidth: Int {
    min(max(1, ProcessInfo.processInfo.activeProcessorCount), 128)
  }

  /// Runs `body(0)` ... `body(count - 1)`, at most `width` at a time; returns when all are done.
  package static func forEach(count: Int, width: Int, _ body: @Sendable (Int) -> Void) {
    forEach(count: count, width: width) { index, _ in body(index) }
  }

  /// As above, and tells each call its worker, `0 ..< width`: no two calls with the same worker
  /// run at once, so that a worker may own scratch memory.
  package static func forEach(
    count: Int, width: Int, _ body: @Sendable (_ index: Int, _ worker: Int) -> Void
  ) {
    let workers = min(width, count)
    guard workers > 1 else {
      for index in 0..<max(count, 0) { body(index, 0) }
      return
    }
    if let team = Team.current, team.width == width, team.run(count: count, body) { return }
    let next = Atomic<Int>(0)
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        if index >= count { return }
        body(index, worker)
      }
    }
  }

  /// Runs `body` with workers that stay awake between its loops of this width: for computations
  /// of many short loops. They spin, so that it should hold nothing that waits.
  package static func together<R>(width: Int, _ body: () throws -> R) rethrows -> R {
    try Team.lead(width: width, body)
  }

  /// Cuts `0 ..< count` into pieces of `grain` elements and runs `body` on each range.
  package static func forRanges(
    count: Int, grain: Int, width: Int, _ body: @Sendable (Range<Int>) -> Void
  ) {
    let pieces = (count + grain - 1) / grain
    forEach(count: pieces, width: width) { piece in
      body(piece * grain..<min(count, (piece + 1) * grain))
    }
  }
}
