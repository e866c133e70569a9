import Findings
import Glibc

/// Files that are never taken, such as our own store, under whatever name a scan meets them.
struct ExcludedFiles {
  private struct Node: Hashable {
    let device: UInt
    let number: UInt

    init(_ info: stat) {
      device = UInt(info.st_dev)
      number = UInt(info.st_ino)
    }
  }

  private let paths: Set<String>
  private let nodes: Set<Node>

  /// Files that are not there yet are known by their path alone.
  init(_ files: [String]) {
    paths = Set(files.map(FolderScan.absolute))
    nodes = Set(
      files.compactMap { path in
        var info = stat()
        return stat(path, &info) == 0 ? Node(info) : nil
      })
  }

  func contains(_ path: String, _ info: stat) -> Bool {
    paths.contains(path) || nodes.contains(Node(info))
  }

  func contains(_ path: String) -> Bool {
    if paths.contains(path) { return true }
    var info = stat()
    return stat(path, &info) == 0 && nodes.contains(Node(info))
  }
}
