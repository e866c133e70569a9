import Dispatch
import Pipelines
import Synchronization
import Testing

@Suite struct ChannelTests {
  @Test func keepsOrderAndEndsAfterClose() {
    let channel = Channel<Int>(capacity: 4)
    for number in 0..<4 { #expect(channel.put(number)) }
    channel.close()
    #expect(!channel.put(9))
    #expect((0..<4).map { _ in channel.take() } == [0, 1, 2, 3])
    #expect(channel.take() == nil)
    #expect(channel.take() == nil)
  }

  @Test func cancelDropsWhatWaits() {
    let channel = Channel<Int>(capacity: 2)
    #expect(channel.put(1))
    channel.cancel()
    #expect(channel.take() == nil)
    #expect(!channel.put(2))
    #expect(channel.count == 0)
  }

  @Test func blocksWhenFull() {
    let channel = Channel<Int>(capacity: 2)
    let put = Mutex(0)
    let group = DispatchGroup()
    DispatchQueue(label: "producer").async(group: group) {
      for number in 0..<50 where channel.put(number) { put.withLock { $0 += 1 } }
      channel.close()
    }
    var most = 0
    var taken: [Int] = []
    while let number = channel.take() {
      taken.append(number)
      most = max(most, put.withLock { $0 } - taken.count)
    }
    group.wait()
    #expect(taken == Array(0..<50))
    #expect(most <= 3)  // two in the channel and one on its way between counter and channel
  }

  @Test func closeWakesEveryWaitingTaker() {
    let channel = Channel<Int>(capacity: 1)
    let group = DispatchGroup()
    let ended = Mutex(0)
    for number in 0..<6 {
      DispatchQueue(label: "taker \(number)").async(group: group) {
        while channel.take() != nil {}
        ended.withLock { $0 += 1 }
      }
    }
    for number in 0..<100 { #expect(channel.put(number)) }
    channel.close()
    #expect(group.wait(timeout: .now() + 10) == .success)
    #expect(ended.withLock { $0 } == 6)
  }

  @Test func manyProducersAndTakersLoseNothing() {
    let channel = Channel<Int>(capacity: 3)
    let sum = Mutex(0)
    let (producers, takers) = (DispatchGroup(), DispatchGroup())
    for part in 0..<4 {
      DispatchQueue(label: "producer \(part)").async(group: producers) {
        for number in 0..<500 { _ = channel.put(part * 500 + number) }
      }
      DispatchQueue(label: "taker \(part)").async(group: takers) {
        while let number = channel.take() { sum.withLock { $0 += number } }
      }
    }
    producers.wait()
    channel.close()
    takers.wait()
    #expect(sum.withLock { $0 } == 1999 * 2000 / 2)
  }

  /// An element is as large as the images in it: the queue lets go of it when it is taken.
  @Test func takenElementsAreNotHeld() {
    final class Large: Sendable {}
    let channel = Channel<Large>(capacity: 2)
    weak var seen: Large?
    do {
      let large = Large()
      seen = large
      #expect(channel.put(large))
    }
    #expect(seen != nil)
    _ = channel.take()
    #expect(seen == nil)
    #expect(channel.count == 0)
  }
}
