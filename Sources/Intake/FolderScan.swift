import Findings
import Glibc

/// All files below some paths, one at a time, folder by folder.
///
/// Names are sorted inside a folder, so that two scans of the same tree agree; memory is that of
/// the names of the folders between the root and the present one. Links to folders are not
/// followed, links to files are. Temporary names are left out.
package struct FolderScan: Sequence, IteratorProtocol {
  package enum Entry: Sendable {
    case file(FileIdentity)
    /// A folder (or a path that was given) which cannot be read.
    case unreadable(FileIdentity)
    /// A folder that is about to be read.
    case folder(String)
  }

  private struct Level {
    let folder: String
    var names: [String]
  }

  private var roots: [String]
  private var levels: [Level] = []
  /// Folders that are never entered, such as our own quarantine inside the inbox.
  private let excluded: Set<String>
  private let excludedFiles: ExcludedFiles
  /// Called before a folder is read.
  var onEnter: (String) -> Void = { _ in }

  /// A path named `DICOMDIR` stands for the folder that it lies in.
  package init(paths: [String], excluding: [String] = [], files: [String] = []) {
    excludedFiles = ExcludedFiles(files)
    excluded = Set(excluding.map(Self.absolute))
    var seen: Set<String> = []
    roots = paths.map(Self.absolute).map { path in
      let name = path.split(separator: "/").last.map(String.init) ?? ""
      let parent = String(path.dropLast(name.count + 1))
      return name.uppercased() == "DICOMDIR" && !Self.isFolder(path) ? parent : path
    }.filter { seen.insert($0).inserted }.reversed()
  }

  package mutating func next() -> Entry? {
    while true {
      guard let path = nextPath() else { return nil }
      if let entry = visit(path) { return entry }
    }
  }

  private mutating func nextPath() -> String? {
    while let level = levels.last {
      if let name = level.names.last {
        levels[levels.count - 1].names.removeLast()
        return level.folder == "/" ? "/" + name : level.folder + "/" + name
      }
      levels.removeLast()
    }
    return roots.popLast()
  }

  private mutating func visit(_ path: String) -> Entry? {
    let isRoot = levels.isEmpty
    var info = stat()
    guard lstat(path, &info) == 0 else {
      return isRoot ? .unreadable(FileIdentity(path: path, byteCount: 0, modified: 0)) : nil
    }
    if info.st_mode & S_IFMT == S_IFLNK {
      guard stat(path, &info) == 0 else { return nil }
      if info.st_mode & S_IFMT == S_IFDIR && !isRoot { return nil }
    }
    switch info.st_mode & S_IFMT {
    case S_IFDIR:
      return enter(path)
    case S_IFREG:
      return excludedFiles.contains(path, info) ? nil : .file(FileIdentity(path: path, info))
    default:
      return nil  // sockets, pipes and devices hold no file
    }
  }

  private mutating func enter(_ path: String) -> Entry? {
    guard !excluded.contains(path) else { return nil }
    onEnter(path)
    guard let folder = opendir(path) else {
      // Size and time of a folder change with its content: not part of who it is.
      return .unreadable(FileIdentity(path: path, byteCount: 0, modified: 0))
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != "..", !TemporaryName.matches(name) { names.append(name) }
    }
    names.sort(by: >)  // taken from the end
    levels.append(Level(folder: path, names: names))
    return .folder(path)
  }

  private static func isFolder(_ path: String) -> Bool {
    var info = stat()
    return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
  }

  /// From the root, without `.`, `..` and doubled slashes; links stay as they are.
  package static func absolute(_ path: String) -> String {
    var text = path
    if !text.hasPrefix("/"), let folder = getcwd(nil, 0) {
      text = String(cString: folder) + "/" + text
      free(folder)
    }
    var parts: [Substring] = []
    for part in text.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}

extension FileIdentity {
  init(path: String, _ info: stat) {
    self.init(
      path: path, byteCount: Int64(info.st_size),
      modified: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec))
  }

  /// What lies at `path` now; nil when it is no readable file name.
  package static func of(_ path: String) -> FileIdentity? {
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else { return nil }
    return FileIdentity(path: path, info)
  }
}
