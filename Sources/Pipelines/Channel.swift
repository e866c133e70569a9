import Dispatch
import Synchronization

/// A bounded queue between workers: its bound is the back-pressure of a pipeline.
///
/// `put` blocks while `capacity` elements wait, `take` blocks while none does. Elements come out
/// in the order they went in. Any number of threads may call either side.
package final class Channel<Element: Sendable>: Sendable {
  private struct State {
    /// nil where an element was taken: it is as large as its images and must not wait here for
    /// the array to be tidied.
    var elements: [Element?] = []
    var first = 0
    var closed = false
    var cancelled = false
  }

  package let capacity: Int
  private let state = Mutex(State())
  // Created at 0 and signalled up: libdispatch traps when a semaphore is destroyed below the
  // value that it was created with.
  private let filled = DispatchSemaphore(value: 0)
  private let free = DispatchSemaphore(value: 0)

  /// Traps when `capacity` is not positive: a bound is ours, not the data's.
  package init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
    for _ in 0..<capacity { free.signal() }
  }

  /// Waits for room and adds `element`; false when the channel no longer takes any.
  package func put(_ element: Element) -> Bool {
    free.wait()
    let accepted = state.withLock { state in
      if state.closed || state.cancelled { return false }
      state.elements.append(element)
      return true
    }
    if accepted {
      filled.signal()
    } else {
      free.signal()  // passes the wake-up on to the next waiting caller
    }
    return accepted
  }

  /// Waits for an element; nil when the channel is closed and empty, or cancelled.
  package func take() -> Element? {
    filled.wait()
    let element: Element? = state.withLock { state in
      if state.cancelled || state.first == state.elements.count { return nil }
      let element = state.elements[state.first].take()
      state.first += 1
      if state.first >= 64 && state.first * 2 >= state.elements.count {
        state.elements.removeFirst(state.first)
        state.first = 0
      }
      return element
    }
    if element == nil {
      filled.signal()  // only an ended channel wakes without an element: wake the next one too
    } else {
      free.signal()
    }
    return element
  }

  /// No more elements will come; those that wait are still handed out.
  package func close() {
    let first = state.withLock { state in
      defer { state.closed = true }
      return !state.closed
    }
    if first {
      filled.signal()
      free.signal()
    }
  }

  /// Drops what waits and wakes everybody: `put` gives false and `take` gives nil from now on.
  package func cancel() {
    state.withLock { state in
      state.cancelled = true
      state.closed = true
      state.elements = []
      state.first = 0
    }
    filled.signal()
    free.signal()
  }

  /// Number of elements that wait now.
  package var count: Int { state.withLock { $0.elements.count - $0.first } }
}
