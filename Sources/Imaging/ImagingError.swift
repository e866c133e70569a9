/// What failed in a picture codec, a file write or a digest: a stable code, never text of the data.
package struct ImagingError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// The bytes are no picture of the wanted format, or are damaged.
    case undecodable
    /// The picture claims more pixels than we are ready to hold.
    case tooLarge = "too-large"
    /// The encoder refused.
    case encoding
    /// A file could not be opened or read.
    case unreadable
    /// A file could not be written, flushed or renamed.
    case unwritable
    /// The digest library failed.
    case digest
  }

  package let code: Code
  /// The step that failed, one of our own words.
  package let place: String
  /// `errno` of the failed system call, 0 when none.
  package let systemError: Int32

  package init(_ code: Code, _ place: String, systemError: Int32 = 0) {
    self.code = code
    self.place = place
    self.systemError = systemError
  }

  package var description: String {
    systemError == 0
      ? "\(code.rawValue) at \(place)" : "\(code.rawValue) at \(place), errno \(systemError)"
  }
}
