import Dispatch
import Synchronization

/// Stages in a row, joined by bounded channels; a value that can be run any number of times.
///
///     let pipeline = Pipeline(read).then(score).then(draw)
///     try pipeline.run(source: next, sink: record, onFailure: { store.fail($0) })
///
/// A throwing stage fails its item only; an error for which `isFatal` is true, an error of the
/// source, of the sink or of a bench stops the run and is thrown by `run`.
package struct Pipeline<Source: Sendable, Output: Sendable>: Sendable {
  typealias Start =
    @Sendable (Channel<Ticket<Source, Source>>, Run<Source>) -> Channel<
      Ticket<Source, Output>
    >
  let start: Start
  /// Elements that a channel between two stages holds at most.
  let capacity: Int
  /// Items that can be under way at once: what the workers hold and what the channels do.
  let room: Int

  /// A pipeline of one stage whose channels hold `capacity` elements each.
  package init<S: Stage>(_ stage: S, capacity: Int = 2)
  where S.Input == Source, S.Output == Output {
    self.capacity = capacity
    self.room = stage.width + capacity
    self.start = { input, run in run.work(stage, from: input, capacity: capacity) }
  }

  private init(capacity: Int, room: Int, start: @escaping Start) {
    self.capacity = capacity
    self.room = room
    self.start = start
  }

  /// The same with one more stage at its end.
  package func then<S: Stage>(_ stage: S) -> Pipeline<Source, S.Output> where S.Input == Output {
    let (start, capacity) = (start, capacity)
    return Pipeline<Source, S.Output>(capacity: capacity, room: room + stage.width + capacity) {
      input, run in
      run.work(stage, from: start(input, run), capacity: capacity)
    }
  }

  /// Runs until the source gives nil, a stop is asked for, or a fatal error.
  ///
  /// `source` is called on a queue of its own, `sink` and `onFailure` one at a time on the calling
  /// thread. After a stop no new item is begun and those under way are finished. With `ordered`
  /// the sink sees the items in the order of the source, and the number under way is bounded.
  /// `progress` counts as failed what a stage threw out, and results that `isRefusal` names.
  package func run(
    source: @escaping @Sendable () throws -> Source?,
    sink: (Output) throws -> Void,
    onFailure: (ItemFailure<Source>) throws -> Void = { _ in },
    isFatal: @escaping @Sendable (any Error) -> Bool = { _ in false },
    isRefusal: (Output) -> Bool = { _ in false },
    ordered: Bool = false,
    stop: Stop? = nil,
    progress: Progress? = nil
  ) throws {
    let run = Run<Source>(isFatal: isFatal)
    let input = Channel<Ticket<Source, Source>>(capacity: capacity)
    let window = ordered ? Window(size: room + capacity) : nil
    run.cancelOnFatal(input)
    run.onFatal { stop?.request() }  // a source may be waiting for what will never come
    if let window { run.onFatal { window.open() } }
    let output = start(input, run)
    run.pump(source, into: input, window: window, stop: stop)
    var line = Line<Ticket<Source, Output>>(ordered: ordered)
    while let ticket = output.take() {
      do {
        for next in line.add(ticket, at: ticket.index) {
          if try deliver(next, sink: sink, onFailure: onFailure, isRefusal: isRefusal) {
            progress?.countDone()
          } else {
            progress?.countFailed()
          }
          window?.leave()
        }
      } catch {
        run.fail(error)
        break
      }
    }
    run.waitForWorkers()
    if let error = run.fatal { throw error }
  }

  /// True for a result, false for a failure.
  private func deliver(
    _ ticket: Ticket<Source, Output>, sink: (Output) throws -> Void,
    onFailure: (ItemFailure<Source>) throws -> Void, isRefusal: (Output) -> Bool
  ) throws -> Bool {
    switch ticket.state {
    case .going(let value):
      try sink(value)
      return !isRefusal(value)
    case .failed(let stage, let error):
      try onFailure(
        ItemFailure(index: ticket.index, source: ticket.source, stage: stage, error: error))
      return false
    }
  }
}

/// Puts tickets back in the order of their indices; without `ordered` lets them pass.
struct Line<Element> {
  let ordered: Bool
  private var next = 0
  private var early: [Int: Element] = [:]

  init(ordered: Bool) { self.ordered = ordered }

  mutating func add(_ element: Element, at index: Int) -> [Element] {
    guard ordered else { return [element] }
    early[index] = element
    var ready: [Element] = []
    while let element = early.removeValue(forKey: next) {
      ready.append(element)
      next += 1
    }
    return ready
  }
}
