import Foundation
import Training

/// Lines on stderr while something is trained.
struct TrainingStatus {
  private let started = Date()

  func epoch(_ report: EpochReport, of epochs: Int, stage: String? = nil) {
    let spent = Date().timeIntervalSince(started)
    let left = Double(epochs - report.epoch) * report.seconds
    StatusPrinter.write(
      (stage.map { $0 + " " } ?? "")
        + String(format: "epoch %d/%d loss %.4f", report.epoch, epochs, report.loss)
        + ", \(StatusPrinter.duration(spent)) gone, \(StatusPrinter.duration(left)) left"
        + (stage == nil ? "\n" : " of this stage\n"))
    for (name, value) in report.metrics.sorted(by: { $0.key < $1.key }) {
      StatusPrinter.write(
        String(format: "  %.3f [%.3f, %.3f] ", value.value, value.lower, value.upper)
          + name + "\n")
    }
  }

  func prepared(_ done: Int, of count: Int) {
    StatusPrinter.write("prepared \(done)/\(count) pictures\n")
  }

  func data(_ report: DatasetReport) {
    for line in report.lines { StatusPrinter.write(line + "\n") }
  }

  func show(_ event: ChainEvent) {
    switch event {
    case .prepared(let done, let count): prepared(done, of: count)
    case .data(let report): data(report)
    case .started(let stage, let number, let count):
      StatusPrinter.write("stage \(number)/\(count) \(stage)\n")
    case .alreadyDone(let stage, let number, let count):
      StatusPrinter.write("stage \(number)/\(count) \(stage): done before\n")
    case .epoch(let stage, let report, let epochs): epoch(report, of: epochs, stage: stage)
    case .items(let stage, let done, let count):
      if done == count || done % 256 < 32 {
        StatusPrinter.write("\(stage) \(done)/\(count)\n")
      }
    case .figures(let figures): show(figures)
    case .lesionMap(let figures): show(figures)
    case .nodules(let figures): show(figures)
    case .mixed(let figures): show(figures)
    case .tiles(let train, let test):
      for (name, counts) in [("train", train), ("test", test)] {
        StatusPrinter.write(
          "\(name): \(counts.masks) tiles with masks, \(counts.labels) with labels, of "
            + "\(counts.films) films"
            + (counts.undrawn > 0 ? " (\(counts.undrawn) not drawn)" : "") + "\n")
      }
    case .tile(let figures): show(figures)
    }
  }

  private func show(_ figures: TileFigures) {
    func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }
    StatusPrinter.write(
      "\(figures.setting.name): \(figures.masks) masks, \(figures.labels) labels: F1 of cells "
        + "micro \(number(figures.pixelAccuracy)), macro \(number(figures.pixelF1Macro)); "
        + "of tiles \(number(figures.tileAccuracy)), \(number(figures.tileF1Macro))\n")
  }

  private func show(_ figures: LesionMapFigures) {
    func text(_ value: Estimate?) -> String {
      value.map { String(format: "%.3f [%.3f, %.3f]", $0.value, $0.lower, $0.upper) } ?? "-"
    }
    StatusPrinter.write(
      "\(figures.map): pixel AP \(text(figures.averagePrecision)), above the strongest map "
        + "without training \(text(figures.aboveTrivial)), best Dice "
        + (figures.bestDice.map { String(format: "%.3f", $0.pooled) } ?? "-")
        + ", image AUROC \(text(figures.imageAUROC))\n")
  }

  private func show(_ figures: NoduleFigures) {
    func text(_ value: Estimate?) -> String {
      value.map { String(format: "%.3f [%.3f, %.3f]", $0.value, $0.lower, $0.upper) } ?? "-"
    }
    func text(_ value: NoduleFigures.Spread?) -> String {
      value.map { String(format: "%.3f (SD %.3f)", $0.mean, $0.deviation) } ?? "-"
    }
    var line =
      "\(figures.method): accuracy \(text(figures.accuracy)), TPR \(text(figures.truePositiveRate)), FPR "
      + "\(text(figures.falsePositiveRate)), on nodule slices "
      + "\(text(figures.falsePositiveRateOfNoduleSlices)), Dice \(text(figures.dice)), of hits "
      + "\(text(figures.hitDice)), area off \(text(figures.hitAreaDifference)) mm2"
    if let two = figures.twoNodules {
      line += "; two nodules: both \(two.both), one \(two.one), none \(two.none)"
    }
    StatusPrinter.write(line + "\n")
  }

  private func show(_ figures: MixedFigures) {
    func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }
    let labels = figures.labels.map { "\($0.name) \(number($0.iou?.value))" }
    StatusPrinter.write(
      "\(figures.step): mean IoU \(number(figures.meanIoU)) (" + labels.joined(separator: ", ")
        + ")\n")
  }

  private func show(_ figures: StepFigures) {
    func number(_ value: Double?) -> String { value.map { String(format: "%.3f", $0) } ?? "-" }
    let range =
      figures.dice.map { String(format: " [%.3f, %.3f]", $0.lower, $0.upper) } ?? ""
    StatusPrinter.write(
      "\(figures.step): Dice of \(figures.positives) positives \(number(figures.dice?.value))"
        + "\(range), pixel AP \(number(figures.pixelAP)), mIoU \(number(figures.mIoU)), "
        + "hit rate \(number(figures.hitRate?.value))\n")
  }
}
