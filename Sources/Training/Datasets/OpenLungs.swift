import Imaging
import Synchronization

/// The lungs of the series read last: slices of one series are asked for one after another.
final class OpenLungs: Sendable {
  typealias Lungs = (left: MaskVolume, right: MaskVolume)

  /// Of two workers, each may be at another series.
  private static let most = 2
  /// What could not be found is not looked for again for each of its slices.
  private let state = Mutex<[(number: Int, lungs: Result<Lungs, any Error>)]>([])

  func lungs(_ number: Int, _ find: () throws -> Lungs) throws -> Lungs {
    // Held while they are found: the others most likely wait for the same series.
    try state.withLock { known in
      if let one = known.first(where: { $0.number == number }) { return try one.lungs.get() }
      let lungs = Result { try find() }
      known = known.suffix(Self.most - 1) + [(number, lungs)]
      return try lungs.get()
    }
  }
}
