import Findings

/// When a study that is still arriving is complete.
///
/// DICOM never says so (there is no "end of study"): complete is a study whose announced number of
/// instances is there, a radiograph of one file, or any study that has been quiet for a while. A
/// late arrival opens it again, and the new run supersedes the old one.
struct StudyAssembler {
  private struct Arriving {
    /// Seconds of the monotonic clock.
    var last: Double
    /// Something came since the counts were last looked at.
    var isFresh: Bool
    var folders: Set<String>
  }

  let quietSeconds: Double
  private var studies: [Int64: Arriving] = [:]

  init(quietSeconds: Double) { self.quietSeconds = quietSeconds }

  mutating func arrived(_ study: Int64, in folder: String?, at now: Double) {
    var arriving = studies[study] ?? Arriving(last: now, isFresh: true, folders: [])
    arriving.last = now
    arriving.isFresh = true
    if let folder { arriving.folders.insert(folder) }
    studies[study] = arriving
  }

  /// When the next study will have been quiet for long enough.
  var nextDue: Double? {
    studies.values.map { $0.isFresh ? $0.last : $0.last + quietSeconds }.min()
  }

  /// The studies that are complete now, which are forgotten, in order of arrival in the store.
  /// `busyFolders` hold files that are still being written: a study with files there waits for
  /// them, up to ten times the quiet time.
  mutating func complete(
    at now: Double, busyFolders: Set<String>, summary: (Int64) throws -> StudySummary?
  ) rethrows -> [Int64] {
    var complete: [Int64] = []
    for (id, arriving) in studies {
      var done = false
      if arriving.isFresh {
        studies[id]?.isFresh = false
        done = try summary(id).map(Self.isCounted) ?? true
      }
      let quiet = now - arriving.last
      if quiet >= quietSeconds {
        let isBusy = !arriving.folders.isDisjoint(with: busyFolders)
        done = done || !isBusy || quiet >= 10 * quietSeconds
      }
      if done { complete.append(id) }
    }
    for id in complete { studies[id] = nil }
    return complete.sorted()
  }

  /// True when the counts alone say that everything is there.
  static func isCounted(_ study: StudySummary) -> Bool {
    if let expected = study.expectedInstances { return study.instanceCount >= expected }
    if let expected = study.expectedInstancesBySeries { return study.instanceCount >= expected }
    let isFilm = !study.modalities.isEmpty && Set(study.modalities).isSubset(of: ["CR", "DX"])
    return isFilm && study.instanceCount == 1
  }
}
