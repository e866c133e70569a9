import Synchronization
import Tensors
import Testing

@Suite struct ParallelTests {
  @Test(arguments: [1, 2, 5]) func everyIndexOnce(_ width: Int) {
    let counts = Mutex([Int](repeating: 0, count: 1000))
    Parallel.forEach(count: 1000, width: width) { index in counts.withLock { $0[index] += 1 } }
    #expect(counts.withLock { $0 } == [Int](repeating: 1, count: 1000))
  }

  /// A worker owns scratch memory, so it must never run twice at once.
  @Test func workersAreExclusive() {
    let busy = Mutex([Bool](repeating: false, count: 4))
    let clashes = Mutex(0)
    Parallel.forEach(count: 2000, width: 4) { _, worker in
      let clash = busy.withLock { list in
        defer { list[worker] = true }
        return list[worker]
      }
      if clash { clashes.withLock { $0 += 1 } }
      busy.withLock { $0[worker] = false }
    }
    #expect(clashes.withLock { $0 } == 0)
  }

  @Test func rangesCoverTheCount() {
    let seen = Mutex([Int]())
    Parallel.forRanges(count: 10, grain: 4, width: 2) { range in
      seen.withLock { $0 += Array(range) }
    }
    #expect(seen.withLock { $0.sorted() } == Array(0..<10))
    Parallel.forRanges(count: 0, grain: 4, width: 2) { _ in Issue.record("nothing to do") }
  }

  @Test func recycledBuffersAreReusedWithinTheLimit() {
    let space = Workspace(threads: 1)
    space.poolLimit = 4000
    let first = space.tensor([500]) { $0.fill(7, 500) }
    space.recycle(first)
    let copy = first
    let second = space.tensor([500]) { $0.fill(8, 500) }
    // The first tensor is still held here: reuse must have copied, not overwritten it.
    #expect(copy.values.allSatisfy { $0 == 7 })
    #expect(second.values.allSatisfy { $0 == 8 })
  }
}
