import Foundation
import Reports

/// Lines to stdout, or to a file that takes its name only when it is whole.
final class LabelOutput {
  private let path: String?
  private let temporary: String
  private let file: FileHandle
  private var buffer = Data()
  private var isFinished = false

  /// Throws `unwritable`.
  init(path: String?) throws {
    self.path = path
    guard let path else {
      temporary = ""
      file = .standardOutput
      return
    }
    let folder = (path as NSString).deletingLastPathComponent
    let name =
      ".pleura-\(ProcessInfo.processInfo.processIdentifier)-"
      + (path as NSString).lastPathComponent
    temporary = folder.isEmpty ? name : folder + "/" + name
    guard FileManager.default.createFile(atPath: temporary, contents: nil),
      let file = FileHandle(forWritingAtPath: temporary)
    else { throw ReportsError(.unwritable) }
    self.file = file
  }

  deinit {
    if path != nil, !isFinished { try? FileManager.default.removeItem(atPath: temporary) }
  }

  /// Throws `unwritable`.
  func write(_ text: String) throws {
    buffer.append(contentsOf: text.utf8)
    if buffer.count >= 1 << 18 { try flush() }
  }

  /// Throws `unwritable`.
  func flush() throws {
    do {
      try file.write(contentsOf: buffer)
    } catch {
      throw ReportsError(.unwritable)
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Flushes and gives the file its name. Throws `unwritable`; the old file is then as it was.
  func finish() throws {
    try flush()
    guard let path else { return }
    do { try file.synchronize() } catch { throw ReportsError(.unwritable) }
    guard rename(temporary, path) == 0 else { throw ReportsError(.unwritable) }
    isFinished = true
  }
}
