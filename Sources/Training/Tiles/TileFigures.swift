import Foundation

/// How well one setting does on test tiles that nothing has seen.
package struct TileFigures: Sendable, Codable {
  package let setting: TileRecipe.Setting
  /// Tiles that it learned from.
  package let masks: Int
  package let labels: Int
  /// Share of cells of the masked test tiles with the right class: F1 micro.
  package let pixelAccuracy: Double?
  /// Mean over the classes of the test tiles of their F1 over all cells; classes that are in neither
  /// truth nor answer are left out.
  package let pixelF1Macro: Double?
  /// By class, the first being everything else; nil for one in neither.
  package let pixelF1: [Double?]
  /// Of the layer on top, on the labelled test tiles; nil for a setting that learned no labels.
  package let tileAccuracy: Double?
  package let tileF1Macro: Double?
}

/// Counts of truth and answer by class.
package struct ConfusionCounts: Sendable {
  private var cells: [[Int]]

  package init(classes: Int) {
    cells = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
  }

  /// Truth outside the classes does not count.
  package mutating func add(truth: Int, answer: Int) {
    guard cells.indices.contains(truth) else { return }
    cells[truth][answer] += 1
  }

  package mutating func add(_ other: ConfusionCounts) {
    for truth in cells.indices {
      for answer in cells.indices { cells[truth][answer] += other.cells[truth][answer] }
    }
  }

  /// Share of right answers; of single labels the same as F1 micro. nil without any.
  package var accuracy: Double? {
    let total = cells.joined().reduce(0, +)
    guard total > 0 else { return nil }
    return Double(cells.indices.reduce(0) { $0 + cells[$1][$1] }) / Double(total)
  }

  /// `2 TP / (2 TP + FP + FN)` by class; nil for a class in neither truth nor answer.
  package var f1: [Double?] {
    cells.indices.map { index in
      let hits = cells[index][index]
      let truth = cells[index].reduce(0, +)
      let answers = cells.reduce(0) { $0 + $1[index] }
      return truth + answers > 0 ? 2 * Double(hits) / Double(truth + answers) : nil
    }
  }

  /// The mean over the classes that are there.
  package var f1Macro: Double? {
    let known = f1.compactMap { $0 }
    return known.isEmpty ? nil : known.reduce(0, +) / Double(known.count)
  }
}
