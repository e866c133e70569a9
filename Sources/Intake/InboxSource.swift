import Dispatch
import Findings
import Pipelines
import Synchronization

extension IntakeSession {
  /// The studies of a drop folder as they become complete, until a stop.
  ///
  /// Files are found by inotify and, since that is only a hint, by a scan at the start, every
  /// `rescanInterval` and after lost events. Nothing in the folder is altered unless `after` says
  /// so. Studies that an earlier process left unscored come first.
  package func inbox(
    _ folder: String, stop: Stop, decide: @escaping StudyDecider
  ) -> some StudySource {
    InboxSource(session: self, folder: folder, stop: stop, decide: decide)
  }
}

/// A drop folder as a source: one loop, run by whoever asks for the next study.
private final class InboxSource: StudySource {
  private let stop: Stop
  private let wake = DispatchSemaphore(value: 0)
  private let loop: Mutex<InboxLoop>

  init(session: IntakeSession, folder: String, stop: Stop, decide: @escaping StudyDecider) {
    self.stop = stop
    let wake = wake
    let watcher = session.options.usesInotify ? InboxWatcher { wake.signal() } : nil
    loop = Mutex(
      InboxLoop(
        session: session, folder: FolderScan.absolute(folder), watcher: watcher, decide: decide))
    stop.onRequest { wake.signal() }
  }

  func next() throws -> StudyWork? {
    try loop.withLock { loop in
      while !stop.isRequested {
        let now = monotonicSeconds()
        if let work = try loop.step(at: now, stop: stop) { return work }
        let pause = max(0.001, min(loop.nextDue(after: now) - monotonicSeconds(), 1))
        _ = wake.wait(timeout: .now() + pause)
      }
      return nil
    }
  }
}

/// Seconds since the machine started; never jumps.
func monotonicSeconds() -> Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }
