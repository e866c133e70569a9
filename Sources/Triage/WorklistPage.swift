import Findings
import Foundation

/// The worklist as one HTML file: no script, no request to anywhere, links relative to where it
/// lies.
package struct WorklistPage: Sendable {
  package static let banner = "RESEARCH ONLY - NOT FOR CLINICAL USE"

  /// Put before each object's path: empty when the page lies in the output folder.
  package var outputPrefix = ""
  package var title = "Pleura worklist"

  package init() {}

  /// The page for rows in their order, stamped with `moment` in UTC.
  package func html(_ rows: [WorklistRow], at moment: Date) -> String {
    let stat = rows.count { $0.level == .stat }
    let unscored = rows.count { !$0.isScored }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy"
        content="default-src 'none'; img-src 'self' file:; style-src 'unsafe-inline'">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escaped(title))</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <p class="banner">\(Self.banner)</p>
      <h1>\(escaped(title))</h1>
      <p>\(rows.count) studies, \(stat) STAT, \(unscored) unscored. Made \(Self.stamp(moment)).</p>
      <table>
      <thead><tr><th>#</th><th>Priority</th><th>Picture</th><th>Finding</th><th>Waited</th>\
      <th>Study</th><th>Objects</th></tr></thead>
      <tbody>
      \(rows.enumerated().map { line($0.element, number: $0.offset + 1) }.joined(separator: "\n"))
      </tbody>
      </table>
      <p class="banner">\(Self.banner)</p>
      </body>
      </html>

      """
  }

  private func line(_ row: WorklistRow, number: Int) -> String {
    let name = row.level.rawValue
    return """
      <tr class="\(name.lowercased())">
      <td>\(number)</td>
      <td><b>\(name)</b>\(row.isOverdue ? " <i>overdue</i>" : "")</td>
      <td>\(picture(row))</td>
      <td>\(finding(row))<br><small>\(escaped(row.reason))</small></td>
      <td>\(WorklistTable.duration(row.waitingSeconds))</td>
      <td>\(study(row.study))</td>
      <td>\(objects(row))</td>
      </tr>
      """
  }

  private func picture(_ row: WorklistRow) -> String {
    guard let preview = row.output(.preview) else { return "&ndash;" }
    let link = escaped(address(preview.path))
    return "<a href=\"\(link)\"><img src=\"\(link)\" alt=\"preview\" width=\"128\"></a>"
  }

  private func finding(_ row: WorklistRow) -> String {
    guard row.isScored else { return "unscored" }
    guard let finding = row.finding else { return "no finding" }
    let side = finding.side.map { " " + $0.rawValue } ?? ""
    let mark = finding.isExperimental == true ? " <i>experimental</i>" : ""
    return escaped(finding.label + side) + String(format: " %.2f", finding.probability) + mark
  }

  private func study(_ study: WorklistStudy) -> String {
    let lines = [
      study.modality + " " + study.studyDate, study.patientID, study.accessionNumber,
    ].filter { !$0.trimmingCharacters(in: .whitespaces).isEmpty }
    return lines.map(escaped).joined(separator: "<br>")
      + "<br><small>\(escaped(study.studyInstanceUID))</small>"
  }

  private func objects(_ row: WorklistRow) -> String {
    row.study.outputs.map { object in
      "<a href=\"\(escaped(address(object.path)))\">\(object.kind.rawValue)</a>"
    }.joined(separator: " ")
  }

  /// A relative address: each part percent-encoded, so that a name can be no scheme and no query.
  private func address(_ path: String) -> String {
    let parts = (outputPrefix + path).split(separator: "/", omittingEmptySubsequences: false)
    let encoded = parts.map {
      $0.addingPercentEncoding(withAllowedCharacters: Self.unreserved) ?? ""
    }.joined(separator: "/")
    return encoded.hasPrefix("/") ? encoded : "./" + encoded
  }

  private func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default:
        let isControl = scalar.properties.generalCategory == .control
        result.unicodeScalars.append(isControl ? " " : scalar)
      }
    }
    return result
  }

  private static func stamp(_ moment: Date) -> String {
    let formatter = ISO8601DateFormatter()
    return formatter.string(from: moment)
  }

  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")

  private static let style = """
    body { font: 15px/1.4 system-ui, sans-serif; margin: 1.5rem; color: #111; background: #fff; }
    .banner { background: #8b0000; color: #fff; padding: .4rem .8rem; font-weight: bold; }
    table { border-collapse: collapse; width: 100%; }
    th, td { border-bottom: 1px solid #ccc; padding: .4rem .6rem; text-align: left;
      vertical-align: top; }
    tr.stat { background: #fde4e1; } tr.high { background: #fff4d6; }
    img { background: #000; } small { color: #555; overflow-wrap: anywhere; }
    """
}
