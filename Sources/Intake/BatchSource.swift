import Findings
import Pipelines
import Synchronization

extension IntakeSession {
  /// The studies among `ids` that want scoring, in that order; those that crashed the program
  /// before come last and alone.
  package func studies(
    _ ids: [Int64], stop: Stop? = nil, decide: @escaping StudyDecider
  ) -> some StudySource {
    BatchSource(session: self, ids: ids, stop: stop, decide: decide)
  }
}

/// A list of studies as a source.
private final class BatchSource: StudySource {
  private struct State {
    var ids: ArraySlice<Int64>
    var suspects: [Int64] = []
  }

  private let session: IntakeSession
  private let stop: Stop?
  private let decide: StudyDecider
  private let state: Mutex<State>

  init(session: IntakeSession, ids: [Int64], stop: Stop?, decide: @escaping StudyDecider) {
    self.session = session
    self.stop = stop
    self.decide = decide
    state = Mutex(State(ids: ids[...]))
  }

  func next() throws -> StudyWork? {
    try state.withLock { state in
      while let id = state.ids.popFirst() {
        if stop?.isRequested ?? false { return nil }
        if let summary = try session.store.study(id: id), summary.crashes > 0 {
          state.suspects.append(id)
        } else if let work = try session.prepare(study: id, decide: decide) {
          return work
        }
      }
      while !state.suspects.isEmpty {
        guard try session.waitUntilAlone(stop: stop) else { return nil }
        let id = state.suspects.removeFirst()
        if let work = try session.prepare(study: id, decide: decide) { return work }
      }
      return nil
    }
  }
}
