import Foundation

/// Rows under named columns, printed three ways.
package struct TextTable: Sendable {
  /// One cell; the kind decides how JSON writes it.
  package enum Cell: Sendable, Hashable {
    case text(String)
    case integer(Int64)
    /// Written with as many digits as it takes to read it back, in tables with three.
    case number(Double)
    case truth(Bool)
    case empty

    package init(_ text: String?) { self = text.map { .text($0) } ?? .empty }
    package init(_ truth: Bool?) { self = truth.map { .truth($0) } ?? .empty }
    package init(_ number: Double?) {
      self = number.flatMap { $0.isFinite ? .number($0) : nil } ?? .empty
    }
  }

  package var columns: [String]
  package var rows: [[Cell]]

  package init(columns: [String], rows: [[Cell]] = []) {
    self.columns = columns
    self.rows = rows
  }

  /// Columns padded to the width of their widest cell, numbers to the right.
  package var plain: String {
    let texts = [columns] + rows.map { $0.map(\.short) }
    let widths = columns.indices.map { column in
      texts.map { $0[column].count }.max() ?? 0
    }
    let lines = texts.enumerated().map { line, cells in
      cells.enumerated().map { column, text in
        let space = String(repeating: " ", count: widths[column] - text.count)
        return line > 0 && rows[line - 1][column].isNumeric ? space + text : text + space
      }.joined(separator: "  ").trimmingEnd()
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// RFC 4180: CRLF line ends, a header line, quotes where needed and doubled inside. A text that
  /// a spreadsheet would run as a formula gets a leading apostrophe.
  package var csv: String {
    let lines = [columns.map(Self.quoted)] + rows.map { $0.map { Self.quoted($0.csvText) } }
    return lines.map { $0.joined(separator: ",") + "\r\n" }.joined()
  }

  /// An array with one object a line, keys in the order of the columns.
  package var json: String {
    if rows.isEmpty { return "[]\n" }
    let lines = rows.map { cells in
      "  {" + zip(columns, cells).map { "\(Self.jsonText($0)): \($1.json)" }.joined(separator: ", ")
        + "}"
    }
    return "[\n" + lines.joined(separator: ",\n") + "\n]\n"
  }

  private static func quoted(_ text: String) -> String {
    let special = text.unicodeScalars.contains {
      $0 == "," || $0 == "\"" || $0 == "\r" || $0 == "\n"
    }
    guard special else { return text }
    return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
  }

  static func jsonText(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if scalar.value < 0x20 || scalar.value == 0x7F {
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}

extension TextTable.Cell {
  var isNumeric: Bool {
    switch self {
    case .integer, .number: true
    default: false
    }
  }

  /// For people: three decimals, no control characters.
  var short: String {
    switch self {
    case .text(let text):
      String(
        String.UnicodeScalarView(
          text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    case .integer(let number): String(number)
    case .number(let number): String(format: "%.3f", number)
    case .truth(let value): value ? "yes" : "no"
    case .empty: "-"
    }
  }

  var csvText: String {
    switch self {
    case .text(let text):
      if let first = text.first, "=+-@\t".contains(first), Double(text) == nil {
        "'" + text
      } else {
        text
      }
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .truth(let value): value ? "true" : "false"
    case .empty: ""
    }
  }

  var json: String {
    switch self {
    case .text(let text): TextTable.jsonText(text)
    case .integer(let number): String(number)
    case .number(let number): String(number)
    case .truth(let value): value ? "true" : "false"
    case .empty: "null"
    }
  }
}

extension String {
  fileprivate func trimmingEnd() -> String {
    var view = Substring(self)
    while view.last == " " { view.removeLast() }
    return String(view)
  }
}
