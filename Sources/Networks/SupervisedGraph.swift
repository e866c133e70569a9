import Graphs
import Tensors

/// A network in training with a loss: what one step of an optimizer runs.
package struct SupervisedGraph: Sendable {
  /// Inputs "image" [N, C, H, W] and "target" of `targetShape`.
  package let graph: Graph
  /// Rank 0.
  package let loss: Value
  package let targetShape: Shape
  /// The parameters that an optimizer moves, in the order of the layers.
  package let trained: [(name: String, value: Value)]
  /// The gradient of each trained parameter.
  package let gradients: [Value]
  /// Batch statistics [2, C] of each normalisation, by its name, for the running averages.
  package let statistics: [(name: String, value: Value)]

  /// The loss, the gradients, then the statistics: the outputs of a plan.
  package var outputs: [Value] { [loss] + gradients + statistics.map(\.value) }
}

extension NetworkSpec {
  /// The network with the usual loss of its kind.
  ///
  /// Classifiers with several logits: softmax cross-entropy, target [N] of class numbers. Other
  /// logits: binary cross-entropy, target of their shape. The decomposition: the mean square of
  /// target - normal - lesion. Throws `ModelError`; `.specification` for a network without head.
  package func supervised(
    batch: Int, inputSize: (height: Int, width: Int), drops: Drops = Drops()
  ) throws -> SupervisedGraph {
    var graph = try build(batch: batch, inputSize: inputSize, training: true, drops: drops)
    guard let logits = graph.taps["logits"] else { throw ModelError(.specification) }
    let form = graph.shape(of: logits)
    let isSoftmax = form.rank == 2 && form[1] > 1
    let targetShape: Shape = isSoftmax ? [batch] : form
    let target = graph.input("target", targetShape)
    let loss: Value
    if let normal = graph.taps["normal"], let lesion = graph.taps["lesion"] {
      let rest = try graph.add(
        Subtract(), target, graph.add(Add(), normal, lesion))
      loss = try graph.mean(graph.add(Square(), rest))
    } else if isSoftmax {
      loss = try graph.softmaxCrossEntropy(logits: logits, labels: target)
    } else {
      loss = try graph.binaryCrossEntropy(logits: logits, targets: target)
    }
    let needed = graph.parameters.filter { trains($0.name) }
    let gradients = try graph.gradient(of: loss, withRespectTo: needed.map(\.value))
    let suffix = ".statistics"
    let statistics = graph.taps.filter { $0.key.hasPrefix("bn.") && $0.key.hasSuffix(suffix) }
      .sorted { $0.value.index < $1.value.index }
      .map { (String($0.key.dropFirst(3).dropLast(suffix.count)), $0.value) }
    return SupervisedGraph(
      graph: graph, loss: loss, targetShape: targetShape, trained: needed,
      gradients: gradients, statistics: statistics)
  }
}

extension NamedNetwork {
  /// See `NetworkSpec.supervised`.
  package func trainingGraph(
    batch: Int, channels: Int = 3, height: Int, width: Int, outputs: Int,
    drops: Drops = Drops()
  ) throws -> SupervisedGraph {
    try spec(channels: channels, outputs: outputs)
      .supervised(batch: batch, inputSize: (height, width), drops: drops)
  }
}
