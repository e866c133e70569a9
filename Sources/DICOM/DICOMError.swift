/// Why a file, an attribute or a frame cannot be used.
///
/// It names the code, the place and the class of the offending value; never the value itself,
/// since values and paths are patient data.
package struct DICOMError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where the trouble is.
  package enum Place: Sendable, Hashable, CustomStringConvertible {
    case file
    case attribute(Tag)
    case frame(Int)
    case byteOffset(Int)

    package var description: String {
      switch self {
      case .file: "file"
      case .attribute(let tag): tag.description
      case .frame(let index): "frame \(index + 1)"
      case .byteOffset(let offset): "byte \(offset)"
      }
    }
  }

  /// What is the matter with a value, without quoting it.
  package enum ValueClass: String, Sendable, Hashable {
    case absent
    case empty
    case malformed
    case outOfRange = "out-of-range"
    case tooShort = "too-short"
    case tooLong = "too-long"
    case inconsistent
    case unknown
  }

  package let code: Code
  package let place: Place
  package let valueClass: ValueClass?

  package init(_ code: Code, at place: Place = .file, valueClass: ValueClass? = nil) {
    self.code = code
    self.place = place
    self.valueClass = valueClass
  }

  /// What a person can do about it, in one line.
  package var advice: String { code.advice }

  /// Code, place and value class on one line: `missing-attribute: Rows (0028,0010), absent`.
  package var description: String {
    let tail = valueClass.map { ", " + $0.rawValue } ?? ""
    return code.rawValue + ": " + place.description + tail
  }
}
