import Foundation

/// A line chart as inline SVG.
struct Chart {
  struct Line {
    let name: String
    let color: String
    /// x and y in data units.
    let points: [(Double, Double)]
    var dashed = false
    /// Dots with a bar from lower to upper, instead of a line.
    var bars: [(Double, Double)]?
  }

  let title: String
  let xLabel: String
  let yLabel: String
  var x: ClosedRange<Double> = 0...1
  var y: ClosedRange<Double> = 0...1
  var lines: [Line]
  /// A vertical line here, with its name.
  var mark: (at: Double, name: String)?

  private static let (width, height) = (340.0, 304.0)
  private static let (left, right, top, bottom) = (44.0, 330.0, 12.0, 256.0)

  var svg: String {
    let legend = lines.enumerated().map { index, line in
      let x = Self.left + Double(index % 2) * 150
      return """
        <rect x="\(x)" y="294" width="12" height="3" fill="\(line.color)"/>\
        <text x="\(x + 16)" y="299">\(HTML.escape(line.name))</text>
        """
    }
    return """
      <figure><h3>\(HTML.escape(title))</h3>
      <svg viewBox="0 0 \(Self.f(Self.width)) \(Self.f(Self.height))" role="img" \
      aria-label="\(HTML.escape(title))">
      \(axes)\(lines.map(draw).joined(separator: "\n"))\(markLine)
      \(lines.count > 1 ? legend.joined() : "")</svg></figure>
      """
  }

  private static func f(_ value: Double) -> String { String(format: "%.1f", value) }

  private func place(_ point: (Double, Double)) -> (Double, Double) {
    let across = (point.0 - x.lowerBound) / max(x.upperBound - x.lowerBound, 1e-12)
    let up = (point.1 - y.lowerBound) / max(y.upperBound - y.lowerBound, 1e-12)
    return (
      Self.left + min(max(across, 0), 1) * (Self.right - Self.left),
      Self.bottom - min(max(up, 0), 1) * (Self.bottom - Self.top)
    )
  }

  private var axes: String {
    var text = ""
    for step in 0...4 {
      let share = Double(step) / 4
      let (px, py) = place(
        (
          x.lowerBound + share * (x.upperBound - x.lowerBound),
          y.lowerBound + share * (y.upperBound - y.lowerBound)
        ))
      text += """
        <line x1="\(Self.f(px))" x2="\(Self.f(px))" y1="\(Self.top)" y2="\(Self.bottom)" \
        stroke="#e6e9ee"/><line x1="\(Self.left)" x2="\(Self.right)" y1="\(Self.f(py))" \
        y2="\(Self.f(py))" stroke="#e6e9ee"/>\
        <text x="\(Self.f(px))" y="\(Self.bottom + 13)" text-anchor="middle">\
        \(Self.tick(x.lowerBound + share * (x.upperBound - x.lowerBound)))</text>\
        <text x="\(Self.left - 5)" y="\(Self.f(py + 4))" text-anchor="end">\
        \(Self.tick(y.lowerBound + share * (y.upperBound - y.lowerBound)))</text>
        """
    }
    let middle = (Self.top + Self.bottom) / 2
    return text + """
      <text x="\((Self.left + Self.right) / 2)" y="\(Self.bottom + 26)" \
      text-anchor="middle">\(HTML.escape(xLabel))</text>\
      <text transform="translate(11 \(middle)) rotate(-90)" text-anchor="middle">\
      \(HTML.escape(yLabel))</text>
      """
  }

  private static func tick(_ value: Double) -> String { String(format: "%.3g", value) }

  private func draw(_ line: Line) -> String {
    let places = line.points.map(place)
    if let bars = line.bars {
      return zip(line.points, bars).map { point, bar in
        let (px, py) = place(point)
        let (_, low) = place((point.0, bar.0))
        let (_, high) = place((point.0, bar.1))
        return """
          <line x1="\(Self.f(px))" x2="\(Self.f(px))" y1="\(Self.f(low))" y2="\(Self.f(high))" \
          stroke="\(line.color)"/><circle cx="\(Self.f(px))" cy="\(Self.f(py))" r="3" \
          fill="\(line.color)"/>
          """
      }.joined()
    }
    let path = places.map { "\(Self.f($0.0)),\(Self.f($0.1))" }.joined(separator: " ")
    return """
      <polyline points="\(path)" fill="none" stroke="\(line.color)" \
      stroke-width="\(line.dashed ? 1 : 2)"\(line.dashed ? " stroke-dasharray=\"4 4\"" : "")/>
      """
  }

  private var markLine: String {
    guard let mark, x.contains(mark.at) else { return "" }
    let (px, _) = place((mark.at, y.lowerBound))
    let flip = px > 220
    return """
      <line x1="\(Self.f(px))" x2="\(Self.f(px))" y1="\(Self.top)" y2="\(Self.bottom)" \
      stroke="#b4451f" stroke-dasharray="3 3"/>\
      <text x="\(Self.f(px + (flip ? -4 : 4)))" y="\(Self.top + 11)" \
      text-anchor="\(flip ? "end" : "start")">\(HTML.escape(mark.name))</text>
      """
  }
}
