import Dispatch
import Glibc
import Synchronization

/// Events of inotify(7) for a tree of folders: a hint that something is there, never the truth.
///
/// Watches are per folder; new subfolders get theirs, and what they already hold is left to the
/// rescan that their event asks for. Unchecked: the table of watches is used on `queue` only, what
/// leaves it is behind the mutex.
final class InboxWatcher: @unchecked Sendable {
  enum Event: Sendable, Hashable {
    /// Closed after writing, or renamed in: complete, says its writer.
    case complete(String)
    /// Made or being written: look again later.
    case touched(String)
    /// A folder has come whose files may have been missed.
    case folder(String)
    /// Events were lost: only a scan of everything helps.
    case overflow
  }

  private let descriptor: Int32
  private let queue = DispatchQueue(label: "pleura.inotify")
  private let source: any DispatchSourceRead
  private let events = Mutex<[Event]>([])
  private let onEvent: @Sendable () -> Void
  private var folders: [Int32: String] = [:]

  /// Nil when the kernel grants no inotify instance: then only rescans find files.
  init?(onEvent: @escaping @Sendable () -> Void) {
    descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    guard descriptor >= 0 else { return nil }
    self.onEvent = onEvent
    source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
    let descriptor = descriptor
    source.setCancelHandler { close(descriptor) }
    source.setEventHandler { [weak self] in self?.drain() }
    source.resume()
  }

  deinit { source.cancel() }

  /// Watches one folder, not what is below it; again has no effect. False when it was refused.
  @discardableResult
  func watch(_ folder: String) -> Bool {
    queue.sync {
      let mask = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MODIFY | IN_ONLYDIR | IN_DONT_FOLLOW
      let watch = inotify_add_watch(descriptor, folder, UInt32(mask))
      if watch >= 0 { folders[watch] = folder }
      return watch >= 0
    }
  }

  /// The events since the last call, in order.
  func take() -> [Event] {
    events.withLock { events in
      defer { events = [] }
      return events
    }
  }

  private func drain() {
    var found: [Event] = []
    let size = 1 << 16
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 8)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer, size)
      guard count > 0 else { break }
      var offset = 0
      while offset + MemoryLayout<inotify_event>.size <= count {
        let header = buffer.load(fromByteOffset: offset, as: inotify_event.self)
        let start = offset + MemoryLayout<inotify_event>.size
        offset = start + Int(header.len)
        guard offset <= count else { break }
        let bytes = UnsafeRawBufferPointer(start: buffer + start, count: Int(header.len))
        if let event = event(
          header, name: String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        {
          found.append(event)
        }
      }
    }
    guard !found.isEmpty else { return }
    events.withLock { events in
      // A slow reader must not make the list grow without end: a scan says the same.
      if events.count > 100_000 { events = [.overflow] } else { events += found }
    }
    onEvent()
  }

  private func event(_ header: inotify_event, name: String) -> Event? {
    let mask = Int(header.mask)
    if mask & Int(IN_Q_OVERFLOW) != 0 { return .overflow }
    if mask & Int(IN_IGNORED) != 0 {
      folders[header.wd] = nil
      return nil
    }
    guard let folder = folders[header.wd], !name.isEmpty else { return nil }
    let path = folder + "/" + name
    if mask & Int(IN_ISDIR) != 0 { return .folder(path) }
    if TemporaryName.matches(name) { return nil }
    if mask & Int(IN_CLOSE_WRITE | IN_MOVED_TO) != 0 { return .complete(path) }
    return .touched(path)
  }
}
