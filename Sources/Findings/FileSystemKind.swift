import Foundation
import Glibc

/// What a folder lies on, as the kernel names it.
enum FileSystemKind {
  /// Where SQLite's locks and shared memory cannot be trusted.
  static let network: Set<String> = ["nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "9p"]

  /// The kind of the mount whose device number the folder has; nil when it cannot be told.
  static func of(_ folder: String) -> String? {
    var info = stat()
    guard stat(folder, &info) == 0,
      let table = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
    else { return nil }
    // makedev(3): both numbers lie in two pieces.
    let device = UInt64(info.st_dev)
    let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
    let minor = device & 0xFF | (device >> 12) & ~0xFF
    return kind(in: table, device: "\(major):\(minor)")
  }

  /// Lines of proc_pid_mountinfo(5): the third field is the device, the kind follows ` - `.
  static func kind(in table: String, device: String) -> String? {
    for line in table.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count > 2, fields[2] == device, let dash = fields.firstIndex(of: "-"),
        dash + 1 < fields.count
      else { continue }
      return String(fields[dash + 1])
    }
    return nil
  }
}
