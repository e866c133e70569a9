import Foundation
import FoundationXML
import Imaging

/// What up to four readers marked in one CT series (LIDC-IDRI, one XML file a series).
struct LIDCDocument: Sendable {
  /// One outline on one slice.
  struct Region: Sendable {
    let sopInstanceUID: String
    /// Of the plane, mm; nil where the file does not say.
    let position: Double?
    /// The pixels of the outline, columns and rows from 0. It lies just outside of what it encloses.
    let outline: Contour
    /// A hole in the nodule where false.
    let isIncluded: Bool
  }

  struct Nodule: Sendable {
    let regions: [Region]
    /// Those of 3 mm and more are outlined and characterised; smaller ones have a single point.
    let isOutlined: Bool
  }

  let seriesInstanceUID: String
  /// The nodules of each reader; marks of what is no nodule are not kept.
  let readers: [[Nodule]]

  /// What a file is.
  enum Contents: Sendable {
    case readings(LIDCDocument)
    /// Readings of a radiograph, or another document.
    case other
  }

  private static let limit = 64 << 20

  /// Throws `TrainingError(.annotation)` for a file that cannot be read, is not well-formed, or has a
  /// coordinate or an identifier that is none.
  static func read(_ path: String) throws -> Contents {
    let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int
    guard let size, size <= limit, let data = FileManager.default.contents(atPath: path) else {
      throw TrainingError(.annotation)
    }
    return try read(data)
  }

  static func read(_ data: Data) throws -> Contents {
    let reading = Reading()
    let parser = XMLParser(data: data)
    parser.shouldProcessNamespaces = true
    parser.shouldResolveExternalEntities = false
    parser.delegate = reading
    let isWhole = parser.parse()
    if reading.isOther { return .other }
    // Without a reader nobody has said that there is no nodule.
    guard isWhole, !reading.isWrong, !reading.series.isEmpty, !reading.readers.isEmpty else {
      throw TrainingError(.annotation)
    }
    return .readings(
      LIDCDocument(seriesInstanceUID: reading.series, readers: reading.readers))
  }
}

/// Follows the elements of a file.
private final class Reading: NSObject, XMLParserDelegate {
  private(set) var series = ""
  private(set) var readers: [[LIDCDocument.Nodule]] = []
  private(set) var isOther = false
  private(set) var isWrong = false
  private var isFirst = true
  private var text = ""
  /// Of the nodule under way; nil outside of one.
  private var regions: [LIDCDocument.Region]?
  private var isCharacterised = false
  private var points: [Contour.Point] = []
  private var (column, row): (Double?, Double?) = (nil, nil)
  private var (sop, position, isIncluded): (String, Double?, Bool) = ("", nil, true)

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if isFirst, name != "LidcReadMessage" {
      isOther = true
      parser.abortParsing()
    }
    isFirst = false
    text = ""
    switch name {
    case "readingSession": readers.append([])
    case "unblindedReadNodule": (regions, isCharacterised) = ([], false)
    case "roi": (points, sop, position, isIncluded) = ([], "", nil, true)
    case "edgeMap": (column, row) = (nil, nil)
    default: break
    }
  }

  /// On Linux a parser goes on after some of them, and calls the whole a success.
  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) { isWrong = true }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
    switch name {
    case "SeriesInstanceUid", "SeriesInstanceUID": series = value
    case "subtlety", "malignancy": isCharacterised = true
    case "imageSOP_UID": sop = value
    case "imageZposition": position = Double(value)
    case "inclusion": isIncluded = value.uppercased() != "FALSE"
    case "xCoord": column = number(value)
    case "yCoord": row = number(value)
    case "edgeMap":
      if let column, let row { points.append(.init(column: column, row: row)) }
    case "roi": endRegion()
    case "unblindedReadNodule": endNodule()
    default: break
    }
  }

  private func number(_ text: String) -> Double? {
    guard let value = Double(text), (-1...65_536).contains(value) else {
      isWrong = true
      return nil
    }
    return value
  }

  /// Regions of marks that are no nodules are passed over.
  private func endRegion() {
    guard regions != nil else { return }
    guard !points.isEmpty, !sop.isEmpty || position != nil else {
      isWrong = true
      return
    }
    regions?.append(
      .init(
        sopInstanceUID: sop, position: position, outline: Contour(points: points),
        isIncluded: isIncluded))
  }

  private func endNodule() {
    guard let regions, !readers.isEmpty else {
      isWrong = true
      return
    }
    let isOutlined = isCharacterised || regions.contains { $0.outline.points.count > 1 }
    readers[readers.count - 1].append(.init(regions: regions, isOutlined: isOutlined))
    self.regions = nil
  }
}
