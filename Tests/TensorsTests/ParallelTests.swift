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

  /// Many short loops by one team: every index once, workers exclusive, and all is done when a
  /// loop returns.
  @Test(arguments: [2, 3, 8]) func teamsDoEveryIndexOnce(_ width: Int) {
    Parallel.together(width: width) {
      for loop in 0..<20_000 {
        let count = loop % 7 * 5 % 23
        let seen = (0..<count).map { _ in Cell() }
        let busy = (0..<width).map { _ in Cell() }
        let clashes = Cell()
        Parallel.forEach(count: count, width: width) { index, worker in
          if busy[worker].value.wrappingAdd(1, ordering: .relaxed).oldValue != 0 {
            clashes.value.wrappingAdd(1, ordering: .relaxed)
          }
          seen[index].value.wrappingAdd(1, ordering: .relaxed)
          busy[worker].value.wrappingSubtract(1, ordering: .relaxed)
        }
        let counts = seen.map { $0.value.load(ordering: .relaxed) }
        let isRight =
          counts == [Int](repeating: 1, count: count) && clashes.value.load(ordering: .relaxed) == 0
        if !isRight { Issue.record("loop \(loop): \(counts)") }
      }
    }
  }

  /// Loops inside loops, and teams of several threads at once.
  @Test func teamsNest() {
    let total = Cell()
    Parallel.forEach(count: 4, width: 4) { _ in
      Parallel.together(width: 3) {
        for _ in 0..<200 {
          Parallel.forEach(count: 6, width: 3) { _ in
            Parallel.forEach(count: 5, width: 3) { _ in
              total.value.wrappingAdd(1, ordering: .relaxed)
            }
          }
        }
      }
    }
    #expect(total.value.load(ordering: .relaxed) == 4 * 200 * 6 * 5)
  }

  private final class Cell: Sendable {
    let value = Atomic<Int>(0)
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
