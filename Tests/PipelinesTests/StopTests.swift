import Dispatch
import Glibc
import Pipelines
import Synchronization
import Testing

@Suite(.serialized) struct StopTests {
  @Test func requestsRunTheirCallbacksOnce() {
    let stop = Stop()
    let calls = Mutex(0)
    stop.onRequest { calls.withLock { $0 += 1 } }
    #expect(!stop.isRequested)
    stop.request()
    stop.request()
    #expect(stop.isRequested)
    #expect(stop.exitCode == nil)
    #expect(calls.withLock { $0 } == 1)
    stop.onRequest { calls.withLock { $0 += 1 } }
    #expect(calls.withLock { $0 } == 2)
  }

  @Test func aSignalAsksForTheStop() {
    let stop = Stop()
    let (asked, status) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    stop.onRequest { asked.signal() }
    stop.listenToSignals { status.signal() }
    defer { stop.ignoreSignals() }
    kill(getpid(), SIGUSR1)
    #expect(status.wait(timeout: .now() + 5) == .success)
    #expect(!stop.isRequested)
    kill(getpid(), SIGTERM)
    #expect(asked.wait(timeout: .now() + 5) == .success)
    #expect(stop.signal == SIGTERM)
    #expect(stop.exitCode == 143)
  }
}
