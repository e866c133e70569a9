import Foundation
import Imaging
import Tensors

extension EvaluationRun {
  /// One HTML file that needs nothing else: figures, curves, and pictures of a few films, which
  /// are read a second time for it. Films are told by their row alone.
  package func page(_ report: EvaluationReport, _ measured: Measured) throws -> String {
    let gallery = Gallery(measured.items)
    let chosen = gallery.groups.flatMap(\.items)
    let cases = try Items.map(chosen.count, threads: options.threads) { index, workspace in
      try galleryCase(chosen[index], workspace)
    }
    var pictures: [String] = []
    var next = 0
    for group in gallery.groups {
      let figures = cases[next..<next + group.items.count].map { caption($0) }
      next += group.items.count
      pictures.append(
        "<h3>\(HTML.escape(group.title))</h3><div class=\"cases\">\(figures.joined())</div>")
    }
    return document(report, gallery: pictures.joined(separator: "\n"))
  }

  private func galleryCase(
    _ item: FilmResult, _ workspace: Workspace
  ) throws -> Gallery.Case {
    let row = set.rows?[item.item].line
    guard let exam = try reader.examine(set.films.film(item.item), row: row, workspace) else {
      preconditionFailure("a measured film has a label")
    }
    let cut = model.description.mapCut(ofLabel: reader.label)
    let isDrawn = (item.drawn?.overlap.allEmpty.truth ?? 0) > 0
    return Gallery.Case(
      item: item.item, row: row ?? item.item, label: item.label, probability: item.probability,
      called: exam.isPositive, dice: isDrawn ? item.drawn?.overlap.model.dice : nil,
      panes: try GalleryPane.panes(
        of: exam, threshold: cut?.threshold ?? 0, isTomograph: reader.isTomograph))
  }

  private func caption(_ film: Gallery.Case) -> String {
    let number = set.rows == nil ? "phantom \(film.row)" : "row \(film.row)"
    let dice = film.dice.map { String(format: ", Dice %.2f", $0) } ?? ""
    let mark = isExperimental ? " (experimental)" : ""
    let called = film.called ? "called positive" : "not called"
    return """
      <figure><div class="pair">\(film.panes.map(\.html).joined())</div>\
      <figcaption>\(number): label \(film.label), score \
      \(String(format: "%.3f", film.probability))\(mark), \(called)\(dice)</figcaption></figure>
      """
  }

  private var isExperimental: Bool { model.description.experimental == true }

  private func document(_ report: EvaluationReport, gallery: String) -> String {
    let tables = EvaluationTables(report: report)
    let title = "\(report.model) on \(report.set): \(report.label)"
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
      <title>\(HTML.escape(title))</title><style>\(HTML.style)</style></head>
      <body><main><h1>\(HTML.escape(title))</h1>
      \(HTML.paragraph(
        "\(report.n) films of \(report.patients) patients, \(report.positives) positive. "
          + "Measured figures of a model, not a medical device.", kind: "quiet"))
      \(isExperimental ? HTML.paragraph("The scores of this model are experimental.", kind: "warn") : "")
      \(tables.cards)
      \(HTML.section("Films: is it there?", tables.image))
      \(HTML.section("Curves", EvaluationCharts(report: report).html))
      \(HTML.section("Pixels: where is it?", tables.localization))
      \(HTML.section("Strata", tables.strata))
      \(HTML.section("Cases", HTML.paragraph(
        "Left: the film. Right: the map (bright where it passes the threshold) and its regions "
          + "(orange). Green: the drawn lesion.", kind: "quiet") + gallery))
      \(HTML.section("What took part", tables.participation))
      \(HTML.section("How it was made", provenance(report)))
      </main></body></html>

      """
  }

  private func provenance(_ report: EvaluationReport) -> String {
    HTML.table(
      ["What", "Which"],
      [
        ["Model", "\(HTML.escape(report.model))<br><small>\(report.modelDigest)</small>"],
        ["Lung model", "<small>\(report.lungModelDigest ?? "none")</small>"],
        [
          "Intervals",
          "95 %; DeLong for AUROC, Wilson for shares of films, else "
            + "\(report.bootstrap.replicates) draws of patients, seed \(report.bootstrap.seed)",
        ],
        [
          "Predictive values",
          "Bayes' rule; intervals by propagation on the logit scale with adjusted counts",
        ],
      ])
  }
}
