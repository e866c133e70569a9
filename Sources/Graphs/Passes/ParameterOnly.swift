extension Graph {
  /// For every node whether some input of a run reaches it.
  package var dependsOnInputs: [Bool] {
    var reached = [Bool](repeating: false, count: nodes.count)
    for index in nodes.indices {
      switch nodes[index].source {
      case .input: reached[index] = true
      case .parameter, .constant: break
      case .operation(_, let inputs): reached[index] = inputs.contains { reached[$0.index] }
      }
    }
    return reached
  }
}

/// For every node whether it follows from parameters and constants alone: such values are the same
/// in every run with the same parameters, so that they can be computed once.
package func parameterOnly(_ graph: Graph) -> [Bool] { graph.dependsOnInputs.map { !$0 } }
