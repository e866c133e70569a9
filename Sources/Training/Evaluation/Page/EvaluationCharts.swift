/// The curves of a report.
struct EvaluationCharts {
  let report: EvaluationReport

  private static let (blue, red, grey) = ("#1f5fa8", "#b4451f", "#8a94a1")

  var html: String {
    let charts = [roc, precisionRecall, calibration, pixels, thresholds].compactMap { $0?.svg }
    return charts.isEmpty
      ? HTML.paragraph("No curve can be drawn: one class is absent.")
      : "<div class=\"charts\">\(charts.joined(separator: "\n"))</div>"
  }

  private func diagonal(_ name: String) -> Chart.Line {
    Chart.Line(name: name, color: Self.grey, points: [(0, 0), (1, 1)], dashed: true)
  }

  private func level(_ value: Double, _ name: String) -> Chart.Line {
    Chart.Line(name: name, color: Self.grey, points: [(0, value), (1, value)], dashed: true)
  }

  private var roc: Chart? {
    guard let image = report.image, !image.roc.isEmpty else { return nil }
    return Chart(
      title: "ROC: films", xLabel: "1 - specificity", yLabel: "sensitivity",
      lines: [
        .init(
          name: "model", color: Self.blue,
          points: image.roc.map { ($0.falsePositiveRate, $0.sensitivity) }), diagonal("chance"),
      ])
  }

  private var precisionRecall: Chart? {
    guard let image = report.image, !image.precisionRecall.isEmpty else { return nil }
    return Chart(
      title: "Precision and recall: films", xLabel: "recall", yLabel: "precision",
      lines: [
        .init(
          name: "model", color: Self.blue,
          points: image.precisionRecall.map { ($0.recall, $0.precision) }),
        level(Double(report.positives) / Double(max(1, report.n)), "all positive"),
      ])
  }

  private var calibration: Chart? {
    guard let bins = report.image?.calibration?.bins, !bins.isEmpty else { return nil }
    return Chart(
      title: "Calibration: ten bins of equal size", xLabel: "probability",
      yLabel: "share of positives",
      lines: [
        .init(
          name: "observed, 95 %", color: Self.blue,
          points: bins.map { ($0.predicted, $0.observed.value) },
          bars: bins.map { ($0.observed.lower, $0.observed.upper) }), diagonal("as said"),
      ])
  }

  private var pixels: Chart? {
    guard let map = report.map else { return nil }
    func line(_ name: String, _ color: String, _ ranking: PixelRanking) -> Chart.Line {
      .init(name: name, color: color, points: ranking.curve.map { ($0.recall, $0.precision) })
    }
    return Chart(
      title: "Precision and recall: pixels in the lungs of positives", xLabel: "recall",
      yLabel: "precision",
      lines: [
        line("map", Self.blue, map.pixels), line("raw intensity", Self.red, map.intensityPixels),
      ])
  }

  private var thresholds: Chart? {
    guard let map = report.map, !map.pixels.thresholds.isEmpty else { return nil }
    // Beyond this hardly anything is marked; a few strong pixels would squeeze the rest.
    let top = map.pixels.thresholds.filter { $0.mean >= 0.05 }.map(\.threshold).max() ?? 0
    let end = max(top, 1.2 * map.threshold)
    let points = map.pixels.thresholds.filter { $0.threshold <= end }
      .sorted { $0.threshold < $1.threshold }
    return Chart(
      title: "Dice over the threshold (before the region filter)", xLabel: "threshold of the map",
      yLabel: "Dice, positives", x: 0...max(end, .leastNormalMagnitude),
      lines: [
        .init(
          name: "mean", color: Self.blue, points: points.map { ($0.threshold, $0.mean) }),
        .init(
          name: "pooled", color: Self.red, points: points.map { ($0.threshold, $0.pooled) }),
      ], mark: (map.threshold, "model"))
  }
}
