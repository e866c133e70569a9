import Tensors

extension Graph: CustomStringConvertible {
  /// One node a line, then one tap a line sorted by name: the golden text of graph surgery.
  package var description: String {
    let lines = nodes.indices.map { line($0) }
    let named = taps.sorted { $0.key < $1.key }.map { "tap \($0.key) = %\($0.value.index)" }
    return (lines + named).joined(separator: "\n") + "\n"
  }

  private func line(_ index: Int) -> String {
    let shape = nodes[index].shape
    switch nodes[index].source {
    case .input(let name): return "%\(index) = input \(name) : \(shape)"
    case .parameter(let name): return "%\(index) = parameter \(name) : \(shape)"
    case .constant(let tensor):
      let value = tensor.values.count == 1 ? " \(tensor.values[0])" : ""
      return "%\(index) = constant\(value) : \(shape)"
    case .operation(let op, let inputs):
      let list = inputs.map { "%\($0.index)" }.joined(separator: ", ")
      let attributes = op.attributes.isEmpty ? "" : " " + op.attributes
      return "%\(index) = \(type(of: op).name)(\(list))\(attributes) : \(shape)"
    }
  }
}
