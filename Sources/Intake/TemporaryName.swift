/// Names that programs give to files which they have not finished.
enum TemporaryName {
  private static let endings = [
    ".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".swp", "~",
  ]

  /// True for names that are taken only after they have been renamed.
  static func matches(_ name: String) -> Bool {
    let lower = name.lowercased()
    return endings.contains { lower.hasSuffix($0) } || name.hasPrefix(".nfs") || isRsync(name)
  }

  /// rsync writes `name` as `.name.XXXXXX`, six letters and digits.
  private static func isRsync(_ name: String) -> Bool {
    guard name.hasPrefix("."), let dot = name.lastIndex(of: "."), dot > name.startIndex else {
      return false
    }
    let ending = name[name.index(after: dot)...]
    return ending.count == 6
      && ending.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
      && ending.contains { $0.isUppercase || $0.isNumber }
  }
}
