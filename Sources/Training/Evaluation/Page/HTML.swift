import Foundation

/// Pieces of HTML; all text that comes from elsewhere passes `escape`.
package enum HTML {
  package static func escape(_ text: String) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }

  /// Three digits after the point; a dash where the figure cannot be said.
  static func number(_ value: Double?) -> String {
    value.map { String(format: "%.3f", $0) } ?? "–"
  }

  /// The figure, and its interval in small print.
  static func estimate(_ value: Estimate?) -> String {
    guard let value else { return "–" }
    return String(
      format: "%.3f <small>%.3f–%.3f</small>", value.value, value.lower, value.upper)
  }

  /// - Parameters:
  ///   - head: plain text, escaped here.
  ///   - rows: cells as HTML, the first of each row being its heading.
  static func table(_ head: [String], _ rows: [[String]]) -> String {
    let heads = head.map { "<th scope=\"col\">\(escape($0))</th>" }.joined()
    let lines = rows.map { row in
      "<tr><th scope=\"row\">\(row.first ?? "")</th>"
        + row.dropFirst().map { "<td>\($0)</td>" }.joined() + "</tr>"
    }
    return """
      <div class="wide"><table><thead><tr>\(heads)</tr></thead>
      <tbody>\(lines.joined(separator: "\n"))</tbody></table></div>
      """
  }

  /// A heading with what it stands over.
  static func section(_ title: String, _ body: String) -> String {
    "<section><h2>\(escape(title))</h2>\n\(body)\n</section>"
  }

  static func paragraph(_ text: String, kind: String = "") -> String {
    "<p\(kind.isEmpty ? "" : " class=\"\(kind)\"")>\(escape(text))</p>"
  }

  static let style = """
    :root{color-scheme:light}
    *{box-sizing:border-box}
    body{font:16px/1.45 system-ui,sans-serif;color:#1b2530;background:#f5f6f8;margin:0}
    main{max-width:70rem;margin:0 auto;padding:1rem}
    h1{font-size:1.5rem;margin:.4rem 0}
    h2{font-size:1.15rem;margin:0 0 .6rem}
    h3{font-size:1rem;margin:1rem 0 .4rem}
    section{background:#fff;border:1px solid #dde1e7;border-radius:8px;padding:1rem;margin:1rem 0}
    .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9.5rem,1fr));gap:.6rem}
    .card{background:#fff;border:1px solid #dde1e7;border-radius:8px;padding:.6rem .8rem}
    .card b{display:block;font-size:1.5rem}
    .card span,small,.quiet{color:#5a6675}
    small{font-size:.8em;white-space:nowrap}
    .wide{overflow-x:auto;background:linear-gradient(90deg,#fff 30%,transparent) 0 0/40px 100%
    no-repeat local,linear-gradient(270deg,#fff 30%,transparent) 100% 0/40px 100% no-repeat local,
    linear-gradient(90deg,#0002,transparent) 0 0/12px 100% no-repeat scroll,
    linear-gradient(270deg,#0002,transparent) 100% 0/12px 100% no-repeat scroll}
    table{border-collapse:collapse;font-size:.9rem;width:100%}
    th,td{padding:.35rem .6rem;text-align:left;border-bottom:1px solid #e6e9ee;vertical-align:top}
    td{font-variant-numeric:tabular-nums}
    tbody th{font-weight:500;min-width:9rem}
    td small{display:block}
    .warn{background:#fff4e0;border:1px solid #e8c27a;border-radius:8px;padding:.6rem .8rem}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:1rem}
    .charts h3{min-height:2.8em;margin-top:0}
    svg text{font:11px system-ui,sans-serif;fill:#3a4552}
    .cases{display:grid;grid-template-columns:repeat(auto-fill,minmax(18rem,1fr));gap:.8rem}
    figure{margin:0}
    figcaption{font-size:.85rem;color:#3a4552}
    .pair{display:grid;grid-template-columns:1fr 1fr;gap:3px;background:#000}
    .pane{position:relative}
    .pane img{display:block;width:100%;height:auto}
    .pane svg{position:absolute;inset:0;width:100%;height:100%}
    @media(max-width:36rem){body{font-size:15px}main{padding:.6rem}section{padding:.7rem}
    table{font-size:.8rem}th,td{padding:.3rem .4rem}tbody th{min-width:7rem}
    .charts h3{min-height:0}}
    """
}
