import Dispatch
import Synchronization

/// An item on its way: where it came from and how far it got.
struct Ticket<Source: Sendable, Value: Sendable>: Sendable {
  enum State: Sendable {
    case going(Value)
    case failed(stage: String, any Error)
  }
  let index: Int
  let source: Source
  let state: State
}

/// Bounds the number of items under way in an ordered run.
final class Window: Sendable {
  private let places = DispatchSemaphore(value: 0)

  init(size: Int) {
    for _ in 0..<size { places.signal() }
  }

  func enter() { places.wait() }
  func leave() { places.signal() }
  /// Lets the waiting pump go when the run has failed.
  func open() { places.signal() }
}

/// The workers of one run of a pipeline and its first fatal error.
final class Run<Source: Sendable>: Sendable {
  private struct State {
    var fatal: (any Error)?
    var onFatal: [@Sendable () -> Void] = []
  }

  private let state = Mutex(State())
  private let isFatal: @Sendable (any Error) -> Bool
  private let workers = DispatchGroup()

  init(isFatal: @escaping @Sendable (any Error) -> Bool) { self.isFatal = isFatal }

  var fatal: (any Error)? { state.withLock { $0.fatal } }

  func fail(_ error: any Error) {
    let callbacks = state.withLock { state in
      if state.fatal == nil { state.fatal = error }
      defer { state.onFatal = [] }
      return state.onFatal
    }
    for body in callbacks { body() }
  }

  func onFatal(_ body: @escaping @Sendable () -> Void) {
    let now = state.withLock { state in
      if state.fatal == nil { state.onFatal.append(body) }
      return state.fatal != nil
    }
    if now { body() }
  }

  func cancelOnFatal<Element>(_ channel: Channel<Element>) { onFatal { channel.cancel() } }

  func waitForWorkers() { workers.wait() }

  /// Starts the queue that asks the source and fills the first channel.
  func pump(
    _ source: @escaping @Sendable () throws -> Source?,
    into channel: Channel<Ticket<Source, Source>>, window: Window?, stop: Stop?
  ) {
    DispatchQueue(label: "pleura.source").async(group: workers) {
      defer { channel.close() }
      var index = 0
      do {
        while !(stop?.isRequested ?? false), self.fatal == nil {
          window?.enter()
          guard let item = try source() else { return }
          guard channel.put(Ticket(index: index, source: item, state: .going(item))) else { return }
          index += 1
        }
      } catch {
        self.fail(error)
      }
    }
  }

  /// Starts the workers of `stage`; the channel given back is closed when the last one ends.
  func work<S: Stage>(
    _ stage: S, from input: Channel<Ticket<Source, S.Input>>, capacity: Int
  ) -> Channel<Ticket<Source, S.Output>> {
    let output = Channel<Ticket<Source, S.Output>>(capacity: capacity)
    cancelOnFatal(output)
    let left = Counter(max(1, stage.width))
    for number in 0..<max(1, stage.width) {
      // A queue of its own: libdispatch gives each serial queue a thread, also while others block.
      DispatchQueue(label: "pleura.\(stage.name).\(number)").async(group: workers) {
        do {
          let bench = try stage.makeBench()
          while let ticket = input.take() {
            guard output.put(self.step(ticket, through: stage, at: bench)) else { break }
          }
        } catch {
          self.fail(error)
        }
        if left.decrement() == 0 { output.close() }
      }
    }
    return output
  }

  private func step<S: Stage>(
    _ ticket: Ticket<Source, S.Input>, through stage: S, at bench: S.Bench
  ) -> Ticket<Source, S.Output> {
    let state: Ticket<Source, S.Output>.State
    switch ticket.state {
    case .failed(let stage, let error):
      state = .failed(stage: stage, error)
    case .going(let input):
      do {
        state = .going(try stage.process(input, at: bench))
      } catch {
        if isFatal(error) { fail(error) }
        state = .failed(stage: stage.name, error)
      }
    }
    return Ticket(index: ticket.index, source: ticket.source, state: state)
  }
}

/// A number that several workers count down.
final class Counter: Sendable {
  private let value: Mutex<Int>

  init(_ value: Int) { self.value = Mutex(value) }

  func decrement() -> Int {
    value.withLock {
      $0 -= 1
      return $0
    }
  }
}
