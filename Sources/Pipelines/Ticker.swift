import Dispatch
import Synchronization

/// Calls a body again and again on a queue of its own: status lines, looks at a clock.
package final class Ticker: Sendable {
  private let running = Mutex(false)
  private let queue = DispatchQueue(label: "pleura.ticker")

  package init() {}

  /// The first call comes after `seconds`; the next ones that long after the body has returned.
  package func start(every seconds: Double, _ body: @escaping @Sendable () -> Void) {
    running.withLock { $0 = true }
    schedule(seconds, body)
  }

  /// No call begins after this one has returned, but one may be under way.
  package func stop() { running.withLock { $0 = false } }

  private func schedule(_ seconds: Double, _ body: @escaping @Sendable () -> Void) {
    queue.asyncAfter(deadline: .now() + seconds) { [weak self] in
      guard let self, self.running.withLock({ $0 }) else { return }
      body()
      self.schedule(seconds, body)
    }
  }
}
