import Foundation

extension EvaluationRun {
  /// One HTML file that needs nothing else: every positive film with the maps of each method that
  /// the model allows, and a table of where they lie. Films are told by their row alone.
  ///
  /// Throws `TrainingError(.noSamples)` for a set without positives, and as `measure`.
  package func mapsPage(
    _ measured: Measured
  ) throws -> (html: String, methods: [MapMethodReport]) {
    guard measured.items.contains(where: { $0.label == 1 }) else {
      throw TrainingError(.noSamples, column: label)
    }
    let run = try MapMethodRun(reader)
    let rows = try methodRows(measured, run)
    let reports = run.reports(rows)
    return (MapsPage(run: self, methods: run.methods, rows: rows, reports: reports).html, reports)
  }

  /// What a reader may know of a film besides its score: the strata of its row.
  fileprivate func strataText(_ item: FilmResult) -> String {
    guard let rows = set.rows else { return "" }
    let cells = rows[item.item].cells
    return set.strata.compactMap { name in
      cells[name].flatMap { $0.isEmpty ? nil : "\(name) \($0)" }
    }.joined(separator: ", ")
  }

  fileprivate var heading: String { "\(model.description.name): maps of \(label)" }
  fileprivate var isExperimental: Bool { model.description.experimental == true }
}

private struct MapsPage {
  let run: EvaluationRun
  let methods: [String]
  let rows: [MapMethodRun.Row]
  let reports: [MapMethodReport]

  var html: String {
    let title = HTML.escape(run.heading)
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width,initial-scale=1">
      <meta http-equiv="Content-Security-Policy" \
      content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
      <title>\(title)</title><style>\(HTML.style)
      main{max-width:110rem}
      .film{display:grid;grid-template-columns:repeat(\(methods.count + 1),minmax(7rem,1fr));
      gap:3px;background:#000;color:#cdd5df;margin:.2rem 0 .8rem}
      .film span{font-size:.75rem;padding:.1rem .3rem}
      .rows{overflow-x:auto}
      </style></head>
      <body><main><h1>\(title)</h1>
      \(HTML.paragraph(
        "\(rows.count) positive films, the highest score first. Measured figures of a model, not "
          + "a medical device.", kind: "quiet"))
      \(run.isExperimental ? HTML.paragraph("The scores of this model are experimental.", kind: "warn") : "")
      \(HTML.section("Where the maps lie", table))
      \(HTML.section("Films", HTML.paragraph(
        "First the film with its lungs (orange) and the drawn lesion where there is one (green). "
          + "Then each map from nothing to its own largest value, ringed.", kind: "quiet")
          + "<div class=\"rows\">\(films)</div>"))
      </main></body></html>

      """
  }

  private var table: String {
    let head = [
      "Method", "Films", "Mass in the lungs", "Lungs, share of film", "Peak: upper third",
      "Peak: lower lungs", "Peak: outside", "Films drawn", "Peak in lesion", "Mass in lesion",
      "Lesion, share of lungs",
    ]
    return HTML.table(
      head,
      reports.map { report in
        [
          HTML.escape(report.method), "\(report.films)", HTML.number(report.massInLungs),
          HTML.number(report.lungShare), HTML.number(report.peakInUpperThird),
          HTML.number(report.peakInLowerLungs), HTML.number(report.peakOutsideLungs),
          "\(report.drawnFilms)", HTML.number(report.peakInLesion),
          HTML.number(report.massInLesion), HTML.number(report.lesionShare),
        ]
      })
  }

  private var films: String {
    let ranked = rows.sorted {
      ($0.item.probability, -$0.number) > ($1.item.probability, -$1.number)
    }
    let mark = run.isExperimental ? " (experimental)" : ""
    return ranked.map { row in
      let strata = run.strataText(row.item)
      let number = run.set.rows == nil ? "phantom \(row.number)" : "row \(row.number)"
      let score = String(format: "%.3f", row.item.probability)
      let titles = ["film"] + methods
      let panes = zip(titles, row.panes).map { title, pane in
        "<div><span>\(HTML.escape(title))</span>\(pane.html)</div>"
      }
      return """
        <figure><figcaption>\(number): score \(score)\(mark)\(strata.isEmpty ? "" : ", ")\
        \(HTML.escape(strata))</figcaption><div class="film">\(panes.joined())</div></figure>
        """
    }.joined(separator: "\n")
  }
}
