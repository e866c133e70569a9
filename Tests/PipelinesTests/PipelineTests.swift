import Dispatch
import Glibc
import Pipelines
import Synchronization
import Testing

/// Counts up to a limit, from any thread.
private final class Numbers: Sendable {
  private let next = Mutex(0)
  let limit: Int

  init(to limit: Int) { self.limit = limit }

  var given: Int { next.withLock { $0 } }

  func take() -> Int? {
    next.withLock { next in
      guard next < limit else { return nil }
      defer { next += 1 }
      return next
    }
  }
}

private struct Odd: Error, Equatable { let number: Int }
private struct Fatal: Error {}

/// Each worker counts on a bench of its own, which needs no lock.
private struct Counting: Stage {
  final class Bench { var count = 0 }
  let name = "counting"
  let width = 3
  let made: Numbers

  func makeBench() throws -> Bench {
    _ = made.take()
    return Bench()
  }

  func process(_ input: Int, at bench: Bench) throws -> Int {
    bench.count += 1
    return bench.count
  }
}

@Suite struct PipelineTests {
  @Test func runsEveryItemThroughAllStages() throws {
    let numbers = Numbers(to: 300)
    let pipeline = Pipeline(ClosureStage<Int, Int>("double", width: 2) { $0 * 2 })
      .then(ClosureStage<Int, String>("print", width: 2) { "\($0)" })
    var results: [String] = []
    let progress = Progress(total: 300)
    try pipeline.run(source: { numbers.take() }, sink: { results.append($0) }, progress: progress)
    #expect(Set(results) == Set((0..<300).map { "\($0 * 2)" }))
    #expect(results.count == 300)
    #expect(progress.snapshot.done == 300)
    #expect(progress.snapshot.secondsLeft == 0)
  }

  @Test func aThrowingItemFailsAlone() throws {
    let numbers = Numbers(to: 40)
    let pipeline = Pipeline(
      ClosureStage<Int, Int>("even", width: 2) {
        if $0 % 2 == 1 { throw Odd(number: $0) }
        return $0
      }
    ).then(ClosureStage<Int, Int>("same") { $0 })
    var done: [Int] = []
    var failed: [Int] = []
    let progress = Progress()
    try pipeline.run(
      source: { numbers.take() }, sink: { done.append($0) },
      onFailure: { failure in
        #expect(failure.stage == "even")
        #expect(failure.error as? Odd == Odd(number: failure.source))
        #expect(failure.index == failure.source)
        failed.append(failure.source)
      }, progress: progress)
    #expect(done.sorted() == Array(stride(from: 0, to: 40, by: 2)))
    #expect(failed.sorted() == Array(stride(from: 1, to: 40, by: 2)))
    #expect(progress.snapshot.failed == 20)
  }

  @Test func orderedRunKeepsTheOrderOfTheSource() throws {
    let numbers = Numbers(to: 60)
    let pipeline = Pipeline(
      ClosureStage<Int, Int>("slow first", width: 4) {
        usleep($0 % 8 == 0 ? 8000 : 100)
        return $0
      })
    var results: [Int] = []
    try pipeline.run(source: { numbers.take() }, sink: { results.append($0) }, ordered: true)
    #expect(results == Array(0..<60))
  }

  @Test func orderedRunBoundsWhatIsUnderWay() throws {
    let numbers = Numbers(to: 200)
    let pipeline = Pipeline(
      ClosureStage<Int, Int>("first waits", width: 2) {
        if $0 == 0 { usleep(80_000) }
        return $0
      })
    var mostAhead = 0
    var done = 0
    try pipeline.run(
      source: { numbers.take() },
      sink: { _ in
        mostAhead = max(mostAhead, numbers.given - done)
        done += 1
      }, ordered: true)
    #expect(done == 200)
    #expect(mostAhead <= 12)
  }

  @Test(.timeLimit(.minutes(1))) func aFatalErrorStopsTheRun() {
    let numbers = Numbers(to: 100_000)
    let pipeline = Pipeline(
      ClosureStage<Int, Int>("fatal", width: 2) {
        if $0 == 20 { throw Fatal() }
        return $0
      })
    for ordered in [false, true] {
      #expect(throws: Fatal.self) {
        try pipeline.run(
          source: { numbers.take() }, sink: { _ in }, isFatal: { $0 is Fatal }, ordered: ordered)
      }
      #expect(numbers.given < 1000 || ordered)
      if !ordered { break }
    }
  }

  @Test(.timeLimit(.minutes(1))) func anErrorOfTheSinkOrTheSourceStopsTheRun() {
    let numbers = Numbers(to: 100_000)
    let pipeline = Pipeline(ClosureStage<Int, Int>("same", width: 2) { $0 })
    #expect(throws: Fatal.self) {
      try pipeline.run(
        source: { numbers.take() }, sink: { if $0 == 10 { throw Fatal() } }, ordered: true)
    }
    #expect(numbers.given < 1000)
    #expect(throws: Odd.self) {
      try pipeline.run(source: { throw Odd(number: 1) }, sink: { _ in })
    }
  }

  @Test func aStopDrainsWhatIsUnderWay() throws {
    let numbers = Numbers(to: 100_000)
    let stop = Stop()
    let begun = Mutex(0)
    let pipeline = Pipeline(
      ClosureStage<Int, Int>("count", width: 2) { number in
        begun.withLock { $0 += 1 }
        return number
      })
    var done = 0
    try pipeline.run(
      source: { numbers.take() },
      sink: { _ in
        done += 1
        if done == 5 { stop.request() }
      }, stop: stop)
    #expect(done == numbers.given)  // everything that was taken was finished
    #expect(begun.withLock { $0 } == done)
    #expect(done < 100)
  }

  @Test func aFatalErrorReachesASourceThatWaits() {
    let stop = Stop()
    let wake = DispatchSemaphore(value: 0)
    stop.onRequest { wake.signal() }
    let numbers = Numbers(to: 1)
    let pipeline = Pipeline(ClosureStage<Int, Int>("fail") { _ in throw Fatal() })
    #expect(throws: Fatal.self) {
      try pipeline.run(
        source: {
          if let number = numbers.take() { return number }
          // An idle inbox: nothing comes until somebody asks for the stop.
          return wake.wait(timeout: .now() + 30) == .success ? nil : 2
        },
        sink: { _ in }, isFatal: { $0 is Fatal }, stop: stop)
    }
    #expect(stop.isRequested && stop.signal == nil)
  }

  @Test func everyWorkerHasItsBench() throws {
    let made = Numbers(to: 100)
    let numbers = Numbers(to: 90)
    var sum = 0
    try Pipeline(Counting(made: made)).run(source: { numbers.take() }, sink: { _ in sum += 1 })
    #expect(made.given == 3)
    #expect(sum == 90)
  }

  @Test func rateAndTimeLeft() {
    let half = Progress.Snapshot(done: 40, failed: 10, total: 100, elapsedSeconds: 5)
    #expect(half.itemsPerSecond == 10)
    #expect(half.secondsLeft == 5)
    #expect(Progress.Snapshot().secondsLeft == nil)
  }
}
