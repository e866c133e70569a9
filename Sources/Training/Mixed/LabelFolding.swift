import Graphs
import Networks

/// A classifier of three logits a label (uncertain, absent, present) as one of present minus absent;
/// others stay as they are.
package struct LabelFolding: Sendable {
  /// Of the folded network.
  package let recipe: Recipe
  private let head: String?

  package init(_ recipe: Recipe) {
    var folded = recipe
    if recipe.uncertain == .threeClass {
      folded.network = recipe.network.with(outputs: recipe.labels.count)
      folded.uncertain = nil
      head = recipe.network.head
    } else {
      head = nil
    }
    self.recipe = folded
  }

  package func fold(_ weights: Parameters) -> Parameters {
    guard let head else { return weights }
    let classes = UncertainLabels.classes
    let count = recipe.labels.count
    let rows = (0..<count).map { label -> [Float] in
      var row = [Float](repeating: 0, count: count * classes)
      (row[label * classes + 1], row[label * classes + 2]) = (-1, 1)
      return row
    }
    return weights.mixingHead(head, rows: rows)
  }
}
