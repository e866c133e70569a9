import Findings

/// When a file that somebody may still be writing is complete.
///
/// Taken at once after its writer closed it or renamed it in; otherwise when size and time stayed
/// the same over two looks. A file that then does not parse is looked at again until it has been
/// still for `patience`: a writer may close and open it between pieces.
struct FileSettle {
  struct Rule {
    /// Seconds between two looks.
    var interval: Double
    /// Seconds that a file which does not parse must be still before it is given up.
    var patience: Double
  }

  private struct Candidate {
    var identity: FileIdentity
    /// Seconds of the monotonic clock.
    var stillSince: Double
    var nextLook: Double
    var wasClosed: Bool
    var looks: Int
  }

  let rule: Rule
  private var candidates: [String: Candidate] = [:]

  init(rule: Rule) { self.rule = rule }

  var isEmpty: Bool { candidates.isEmpty }
  var nextLook: Double? { candidates.values.map(\.nextLook).min() }

  /// Folders in which something is still being written.
  var folders: Set<String> { Set(candidates.keys.map(Self.folder)) }

  static func folder(_ path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
  }

  /// A file was seen: by a scan, or by an event that says its writer is done.
  mutating func see(_ identity: FileIdentity, closed: Bool, at now: Double) {
    let path = identity.path.value
    guard var known = candidates[path] else {
      candidates[path] = Candidate(
        identity: identity, stillSince: now, nextLook: closed ? now : now + rule.interval,
        wasClosed: closed, looks: 1)
      return
    }
    if known.identity != identity {
      known.identity = identity
      known.stillSince = now
      known.looks = 1
      known.nextLook = now + rule.interval
      known.wasClosed = false
    }
    if closed {
      known.wasClosed = true
      known.nextLook = now
    }
    candidates[path] = known
  }

  mutating func forget(_ path: String) { candidates[path] = nil }

  /// Looks at the candidates that are due and gives those that are ready to be read. They stay
  /// candidates until they are forgotten or put off.
  mutating func ready(at now: Double, look: (String) -> FileIdentity?) -> [FileIdentity] {
    var ready: [FileIdentity] = []
    for (path, candidate) in candidates where candidate.nextLook <= now {
      guard let identity = look(path) else {
        candidates[path] = nil
        continue
      }
      var next = candidate
      next.nextLook = now + rule.interval
      if identity != candidate.identity {
        next.identity = identity
        next.stillSince = now
        next.looks = 1
        next.wasClosed = false
      } else {
        next.looks += 1
      }
      candidates[path] = next
      if next.wasClosed || next.looks >= 2 { ready.append(identity) }
    }
    return ready.sorted { $0.path.value < $1.path.value }
  }

  /// The file was read and seems cut off. True when it has been still for long enough to be given
  /// up; otherwise it is looked at again later.
  mutating func putOff(_ path: String, at now: Double) -> Bool {
    guard var candidate = candidates[path] else { return true }
    if now - candidate.stillSince >= rule.patience { return true }
    candidate.wasClosed = false
    candidate.nextLook = now + rule.interval
    candidates[path] = candidate
    return false
  }
}
