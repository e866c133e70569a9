import Foundation

/// The tables of a report; baselines stand beside every figure.
struct EvaluationTables {
  let report: EvaluationReport

  var cards: String {
    let map = report.map
    let figures: [(String, Estimate?)] = [
      ("AUROC", report.auroc), ("Sensitivity", report.operatingPoint?.sensitivity),
      ("Specificity", report.operatingPoint?.specificity),
      ("Dice, positives", map?.dice.positivesOnly), ("Hit rate", map?.peakInTruth),
      ("Pixel PR-AUC", map?.pixels.trapezoid),
    ]
    let cards = figures.map { name, value in
      let interval = value.map { String(format: "%.3f to %.3f", $0.lower, $0.upper) }
      return """
        <div class="card"><span>\(HTML.escape(name))</span>\
        <b>\(value.map { String(format: "%.3f", $0.value) } ?? "–")</b>\
        <span>\(interval ?? "cannot be said")</span></div>
        """
    }
    return "<div class=\"cards\">\(cards.joined(separator: "\n"))</div>"
  }

  var image: String {
    let rows: [[String]] = [
      ["Model", HTML.estimate(report.auroc)],
      ["Model, interval by patient", HTML.estimate(report.aurocByPatient)],
      ["Model, pairs of one origin", HTML.estimate(report.aurocWithinOrigins)],
      ["Baseline: \(light) of the film", HTML.estimate(asLesions(report.darknessAUROC))],
      ["Baseline: \(light) of the lungs", HTML.estimate(asLesions(report.lungDarknessAUROC))],
      ["Baseline: taken AP", HTML.estimate(report.viewAUROC)],
    ]
    let reason = report.aurocReason.map { HTML.paragraph("No AUROC: \($0).", kind: "warn") } ?? ""
    return reason + HTML.table(["AUROC", "Value, 95 % interval"], rows) + calls
  }

  private var light: String { report.lesionsAreBright ? "brightness" : "darkness" }

  /// The ranking that looks for lesions.
  private func asLesions(_ darkness: Estimate?) -> Estimate? {
    guard report.lesionsAreBright, let darkness else { return darkness }
    return Estimate(
      value: 1 - darkness.value, lower: 1 - darkness.upper, upper: 1 - darkness.lower,
      method: darkness.method)
  }

  private var calls: String {
    guard let image = report.image else { return "" }
    let threshold = report.operatingPoint.map {
      String(
        format: "Operating point: probability %.4f, chosen for sensitivity %.2f on validation.",
        $0.threshold, $0.targetSensitivity)
    }
    return HTML.paragraph(threshold ?? "No figures at an operating point.")
      + HTML.table(["Figure", "Model", "Baseline"], atThreshold(image) + ofScores(image))
  }

  private func atThreshold(_ image: ImageReport) -> [[String]] {
    var rows: [[String]] = []
    if let point = report.operatingPoint {
      rows += [
        ["Sensitivity", HTML.estimate(point.sensitivity), "1 (all positive)"],
        [
          "Specificity", HTML.estimate(point.specificity),
          HTML.estimate(image.darknessSpecificity) + " \(light), same sensitivity",
        ],
      ]
    }
    if let calls = image.calls {
      rows.append([
        "Called right",
        "\(calls.truePositives) of \(calls.positives) positives, "
          + "\(calls.trueNegatives) of \(calls.negatives) negatives", "",
      ])
    }
    if let values = image.predictiveValues {
      let base = String(format: "at prevalence %.3g", values.prevalence)
      let source = values.prevalenceSource == "set" ? " (that of the set)" : " (stated)"
      rows += [
        ["PPV \(base)\(source)", HTML.estimate(values.ppv), HTML.number(values.prevalence)],
        ["NPV \(base)\(source)", HTML.estimate(values.npv), HTML.number(1 - values.prevalence)],
      ]
    }
    return rows
  }

  private func ofScores(_ image: ImageReport) -> [[String]] {
    [
      ["F1", HTML.number(image.f1), HTML.number(image.f1OfAllPositive) + " all positive"],
      ["F1 at probability .5", HTML.number(image.f1AtHalf), ""],
      [
        "Average precision", HTML.number(image.averagePrecision),
        HTML.number(Double(report.positives) / Double(max(1, report.n))) + " any constant",
      ],
      ["Calibration error", HTML.number(image.calibration?.expectedError), "0 (prevalence)"],
      [
        "Brier score", HTML.number(image.calibration?.brier),
        HTML.number(image.calibration?.brierOfPrevalence) + " prevalence",
      ],
    ]
  }

  var localization: String {
    guard let map = report.map else {
      return HTML.paragraph("Cannot be said: \(report.mapReason ?? "no lesion is drawn").")
    }
    let weak = map.thresholdSource == "pixel-level-validation"
    let source = String(
      format:
        "Map %@, threshold %.4g, where it came from: %@.%@ %d films with truth, %d with a lesion.",
      map.method, map.threshold, map.thresholdSource,
      weak ? " Pixel truth was used: figures at the threshold are not weak supervision." : "",
      map.n, map.positives)
    let overlap = OverlapDefinition.allCases.map { definition in
      [
        "\(Self.name(definition))<br><span class=\"quiet\">\(HTML.escape(definition.meaning))</span>",
        HTML.estimate(map.overlap.model[definition]),
        HTML.estimate(map.overlap.ungated[definition]),
        HTML.estimate(map.overlap.darkest[definition]),
        HTML.estimate(map.overlap.wholeLung[definition]),
        HTML.estimate(map.overlap.allEmpty[definition]),
      ]
    }
    let share = Int((map.overlap.darkestShare * 100).rounded())
    return HTML.paragraph(source, kind: weak ? "warn" : "")
      + HTML.table(
        [
          "Overlap", "Model", "Map alone",
          "\(report.lesionsAreBright ? "Brightest" : "Darkest") \(share) %", "Whole lung",
          "All empty",
        ], overlap)
      + HTML.paragraph(
        "Model: no region where the film is not called positive. Map alone: regions of every film. "
          + "The \(report.lesionsAreBright ? "brightest" : "darkest") share is the best of eight on "
          + "this very truth.", kind: "quiet")
      + ranking(map)
  }

  private func ranking(_ map: MapReport) -> String {
    let chance = HTML.number(map.prevalenceInLung) + " any constant"
    let rows: [[String]] = [
      [
        "Pixel PR-AUC, trapezoid", HTML.estimate(map.pixels.trapezoid),
        HTML.estimate(map.intensityPixels.trapezoid), chance,
      ],
      [
        "Pixel average precision", HTML.estimate(map.pixels.averagePrecision),
        HTML.estimate(map.intensityPixels.averagePrecision), chance,
      ],
      [
        "Hit rate: strongest pixel in the truth", HTML.estimate(map.peakInTruth),
        HTML.estimate(map.darkestInTruth), HTML.estimate(map.chanceInTruth) + " random pixel",
      ],
      [
        "Side right, of films called", HTML.estimate(map.sideCorrect),
        HTML.estimate(map.darkerSideCorrect), "0.5 a coin",
      ],
      [
        "Side right, of all positives", HTML.estimate(map.sideCorrectOfAll),
        HTML.estimate(map.darkerSideCorrect), "0.5 a coin",
      ],
      [
        "Best Dice over thresholds (ceiling)", HTML.number(map.pixels.bestDice?.mean),
        HTML.number(map.intensityPixels.bestDice?.mean), "",
      ],
    ]
    return HTML.table(["Figure", "Map", "Raw intensity", "Chance"], rows)
  }

  private static func name(_ definition: OverlapDefinition) -> String {
    switch definition {
    case .diceEmptyOne: "Dice, empty = 1"
    case .dicePositives: "Dice, positives"
    case .diceSmoothed: "Dice, smoothed"
    case .diceHits: "Dice, hits"
    case .dicePooled: "Dice, pooled"
    case .iouPooledTwoClass: "mIoU, two classes"
    case .iouPooled: "IoU, pooled"
    case .iouUnions: "IoU, unions"
    case .iouBothNonEmpty: "IoU, both not empty"
    }
  }

  var strata: String {
    guard !report.strata.isEmpty else {
      return HTML.paragraph("The list has no column for strata.")
    }
    return HTML.table(
      ["Stratum", "n", "Positives", "AUROC", "Dice, positives", "Hit rate"],
      report.strata.map { stratum in
        let shown = stratum.value.count > 40 ? stratum.value.prefix(40) + "…" : stratum.value[...]
        return [
          HTML.escape("\(stratum.column): \(shown)"), "\(stratum.n)", "\(stratum.positives)",
          stratum.note.map(HTML.escape) ?? HTML.estimate(stratum.auroc),
          HTML.estimate(stratum.dice), HTML.estimate(stratum.hit),
        ]
      })
  }

  var participation: String {
    var rows = [["Films measured", "\(report.n)"], ["Patients", "\(report.patients)"]]
    if let skipped = report.skipped {
      rows += [
        ["Rows of the list", "\(skipped.rows)"],
        ["Left out: other split, prefix or licence", "\(skipped.notAskedFor)"],
        ["Left out: label unknown", "\(skipped.labelUnknown)"],
        ["Left out: the same file again", "\(skipped.duplicateFile)"],
      ]
    }
    let odd = report.oddities
    rows += [
      ["Measured without lungs", "\(odd.withoutLungs)"],
      ["Positives without a drawn lesion", "\(odd.positivesNotDrawn)"],
      ["Label 1, mask empty", "\(odd.positivesWithEmptyMask)"],
      ["Label 0, lesion drawn", "\(odd.negativesWithLesion)"],
    ]
    return HTML.table(["What", "How many"], rows)
  }
}
