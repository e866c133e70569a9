import Dispatch
import Glibc
import Synchronization

/// The wish to end a run: asked for by a signal or by the program, seen by every worker.
///
/// The first SIGINT or SIGTERM drains (items under way are finished, no new one is begun), the
/// second ends the process at once with 128 + its number; SIGUSR1 asks for a status line.
package final class Stop: Sendable {
  private struct State {
    var requested = false
    var signal: Int32?
    var callbacks: [@Sendable () -> Void] = []
    var sources: [SignalSource] = []
  }

  private let state = Mutex(State())

  package init() {}

  /// True once a stop has been asked for.
  package var isRequested: Bool { state.withLock { $0.requested } }

  /// The number of the signal that asked, nil when the program did or nobody has.
  package var signal: Int32? { state.withLock { $0.signal } }

  /// 130 after SIGINT, 143 after SIGTERM, nil when no signal asked.
  package var exitCode: Int32? { signal.map { 128 + $0 } }

  /// Asks for the stop; the second and later calls change nothing.
  package func request() { request(signal: nil) }

  /// Runs `body` when the stop is asked for; at once when it has been already.
  package func onRequest(_ body: @escaping @Sendable () -> Void) {
    let now = state.withLock { state in
      if !state.requested { state.callbacks.append(body) }
      return state.requested
    }
    if now { body() }
  }

  /// Takes SIGINT, SIGTERM and SIGUSR1 from their default actions until `ignoreSignals()`. Once a
  /// process: libdispatch does not arm a signal a second time.
  package func listenToSignals(onStatus: @escaping @Sendable () -> Void = {}) {
    let queue = DispatchQueue(label: "pleura.signals")
    for number in [SIGINT, SIGTERM] {
      listen(to: number, on: queue) { [weak self] in
        guard let self else { return }
        if !self.request(signal: number) { _exit(128 + number) }
      }
    }
    listen(to: SIGUSR1, on: queue, onStatus)
  }

  /// Gives the signals their default actions back.
  package func ignoreSignals() {
    let sources = state.withLock { state in
      defer { state.sources = [] }
      return state.sources
    }
    for kept in sources { kept.source.cancel() }
    for number in [SIGINT, SIGTERM, SIGUSR1] { Glibc.signal(number, SIG_DFL) }
  }

  private func listen(
    to number: Int32, on queue: DispatchQueue, _ body: @escaping @Sendable () -> Void
  ) {
    Glibc.signal(number, SIG_IGN)  // the source sees a signal only when its action is not default
    let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
    source.setEventHandler(handler: DispatchWorkItem(block: body))
    // Until libdispatch has armed the source, the ignored signal would be lost.
    let armed = DispatchSemaphore(value: 0)
    source.setRegistrationHandler(handler: DispatchWorkItem { armed.signal() })
    source.resume()
    _ = armed.wait(timeout: .now() + 1)
    let kept = SignalSource(source)
    state.withLock { $0.sources.append(kept) }
  }

  /// False when a signal had already asked: then the second one ends the process.
  @discardableResult
  private func request(signal number: Int32?) -> Bool {
    let (again, callbacks) = state.withLock { state in
      let again = number != nil && state.signal != nil
      if let number, state.signal == nil { state.signal = number }
      state.requested = true
      defer { state.callbacks = [] }
      return (again, state.callbacks)
    }
    for body in callbacks { body() }
    return !again
  }
}

/// Carries a source into the locked state.
///
/// Unchecked: libdispatch objects may be used from any thread, Swift's type only does not say so;
/// the reference never changes.
private final class SignalSource: @unchecked Sendable {
  let source: any DispatchSourceSignal

  init(_ source: any DispatchSourceSignal) { self.source = source }
}
