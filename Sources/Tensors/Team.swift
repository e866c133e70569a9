import CKernels
import Dispatch
import Foundation
import Synchronization

/// Workers that stay awake between the parallel loops of one computation.
///
/// A plan runs hundreds of short loops; waking a sleeping thread for each takes longer than many
/// of them. A team is called up once, spins between loops, and is dismissed at the end. The
/// caller never waits for a worker that has not come: it takes every piece of work that nobody
/// has claimed.
///
/// `@unchecked Sendable`: what is not atomic is written once. A loop's closure is read through
/// `job` by a worker only after it claimed a piece, and the caller waits for all claimed pieces.
final class Team: @unchecked Sendable {
  typealias Body = (_ index: Int, _ worker: Int) -> Void

  let width: Int
  /// A piece that no loop has.
  private static let closed: UInt64 = 0xffff_ffff
  /// The number of the loop in the upper half, the next piece of it in the lower.
  private let state = Atomic<UInt64>(0)
  private let count = Atomic<Int>(0)
  private let job = Atomic<UInt>(0)
  private let finished = Atomic<Int>(0)
  private let isDismissed = Atomic<Bool>(false)
  private let isBusy = Atomic<Bool>(false)

  init(width: Int) {
    self.width = width
    for worker in 1..<width {
      DispatchQueue.global(qos: .userInitiated).async { self.serve(worker) }
    }
  }

  /// Workers leave as soon as they see it; those that never came find nothing to do.
  func dismiss() { isDismissed.store(true, ordering: .releasing) }

  /// Runs `body` for every index below `count`; false, and nothing done, inside another loop.
  func run(count pieces: Int, _ body: Body) -> Bool {
    guard pieces < Int(UInt32.max),
      isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
    else { return false }
    defer { isBusy.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      withUnsafePointer(to: body) { pointer in
        // Closed first: a worker that still looks at the last loop must not take the new count
        // for its own.
        let number = state.load(ordering: .relaxed) >> 32
        state.store((number &+ 1) << 32 | Team.closed, ordering: .sequentiallyConsistent)
        finished.store(0, ordering: .relaxed)
        count.store(pieces, ordering: .sequentiallyConsistent)
        job.store(UInt(bitPattern: pointer), ordering: .sequentiallyConsistent)
        state.store((number &+ 2) << 32, ordering: .sequentiallyConsistent)
        while work(as: 0) {}
        var spins = 0
        while finished.load(ordering: .acquiring) < pieces { Team.pause(&spins) }
      }
    }
    return true
  }

  /// Claims one piece of the present loop and does it; false when none is left.
  private func work(as worker: Int) -> Bool {
    let seen = state.load(ordering: .sequentiallyConsistent)
    let index = Int(seen & Team.closed)
    guard index < count.load(ordering: .sequentiallyConsistent) else { return false }
    let address = job.load(ordering: .sequentiallyConsistent)
    // Fails when another took the piece, or when a new loop has begun since.
    let claim = state.compareExchange(
      expected: seen, desired: seen + 1, ordering: .sequentiallyConsistent)
    guard claim.exchanged else { return true }
    if let body = UnsafePointer<Body>(bitPattern: address) { body.pointee(index, worker) }
    finished.wrappingAdd(1, ordering: .releasing)
    return true
  }

  private func serve(_ worker: Int) {
    var spins = 0
    while !isDismissed.load(ordering: .acquiring) {
      if work(as: worker) { spins = 0 } else { Team.pause(&spins) }
    }
  }

  /// Spins for some microseconds, then lets others have the core.
  private static func pause(_ spins: inout Int) {
    spins += 1
    if spins < 4000 { ck_pause() } else { sched_yield() }
  }

  // MARK: the team of a thread

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  /// The team that the calling thread leads.
  static var current: Team? {
    pthread_getspecific(key).map { Unmanaged<Team>.fromOpaque($0).takeUnretainedValue() }
  }

  /// Runs `body` with a team for the loops of its thread.
  static func lead<R>(width: Int, _ body: () throws -> R) rethrows -> R {
    guard width > 1, current == nil else { return try body() }
    let team = Team(width: width)
    pthread_setspecific(key, Unmanaged.passUnretained(team).toOpaque())
    defer {
      pthread_setspecific(key, nil)
      team.dismiss()
    }
    return try withExtendedLifetime(team) { try body() }
  }
}
