import Dispatch
import Synchronization

/// Counts what a run has done and tells its rate and the time left.
package final class Progress: Sendable {
  /// A look at the counters at one moment.
  package struct Snapshot: Sendable, Equatable {
    package var done = 0
    package var failed = 0
    /// Nil while the source has not been counted.
    package var total: Int?
    package var elapsedSeconds = 0.0

    package init(
      done: Int = 0, failed: Int = 0, total: Int? = nil, elapsedSeconds: Double = 0
    ) {
      self.done = done
      self.failed = failed
      self.total = total
      self.elapsedSeconds = elapsedSeconds
    }

    /// Items that left the run, whole or failed.
    package var settled: Int { done + failed }
    /// Settled items a second since the start; 0 before the first.
    package var itemsPerSecond: Double {
      elapsedSeconds > 0 ? Double(settled) / elapsedSeconds : 0
    }
    /// Expected seconds until `total` is settled; nil while nothing is known.
    package var secondsLeft: Double? {
      guard let total, itemsPerSecond > 0 else { return nil }
      return Double(max(0, total - settled)) / itemsPerSecond
    }
  }

  private let counters = Mutex(Snapshot())
  private let started = DispatchTime.now()

  package init(total: Int? = nil) {
    counters.withLock { $0.total = total }
  }

  package func setTotal(_ total: Int) { counters.withLock { $0.total = total } }
  package func addToTotal(_ count: Int) { counters.withLock { $0.total = ($0.total ?? 0) + count } }
  package func countDone() { counters.withLock { $0.done += 1 } }
  package func countFailed() { counters.withLock { $0.failed += 1 } }

  package var snapshot: Snapshot {
    let nanoseconds = DispatchTime.now().uptimeNanoseconds - started.uptimeNanoseconds
    return counters.withLock { counters in
      var copy = counters
      copy.elapsedSeconds = Double(nanoseconds) / 1e9
      return copy
    }
  }
}
