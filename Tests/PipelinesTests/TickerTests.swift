import Dispatch
import Pipelines
import Synchronization
import Testing

struct TickerTests {
  @Test func ticksUntilStopped() {
    let count = Mutex(0)
    let twice = DispatchSemaphore(value: 0)
    let ticker = Ticker()
    ticker.start(every: 0.01) {
      count.withLock { $0 += 1 }
      twice.signal()
    }
    #expect(twice.wait(timeout: .now() + 10) == .success)
    #expect(twice.wait(timeout: .now() + 10) == .success)
    ticker.stop()
    #expect(count.withLock { $0 } >= 2)
  }
}
