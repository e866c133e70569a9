import Synchronization

/// What was read of the series asked for last: slices of one series are asked for one after another.
final class RecentReads<Value: Sendable>: Sendable {
  /// Of two workers, each may be at another series.
  private static var most: Int { 2 }
  /// What could not be read is not tried again for each of its slices.
  private let state = Mutex<[(number: Int, value: Result<Value, any Error>)]>([])

  func value(_ number: Int, _ read: () throws -> Value) throws -> Value {
    // Held while it reads: the others most likely wait for the same series.
    try state.withLock { known in
      if let one = known.first(where: { $0.number == number }) { return try one.value.get() }
      let value = Result { try read() }
      known = known.suffix(Self.most - 1) + [(number, value)]
      return try value.get()
    }
  }
}
