import Graphs
import Tensors

/// LayerCAM (Jiang et al. 2021) at the layer before the last pooling: `relu(sum_k relu(g_k) A_k)`
/// cell by cell, `g` the gradient of the logit with respect to the activations `A`.
///
/// Twice as fine as the last feature map, and it marks the edges that the score rests on. The
/// gradient of a pooling lands on one cell of each window: a 3 x 3 binomial mean (ours, not the
/// paper's) closes the gaps.
package enum LayerActivationMap: Localizer {
  package static let name = "layer-cam"

  package static func map(of label: Int, in graph: inout Graph) throws -> Value {
    guard let logits = graph.taps["logits"], let layer = Taps.beforeLastPooling(of: graph) else {
      throw LocalizationError(.noTap)
    }
    let outputs = graph.shape(of: logits)[1]
    let logit = try Taps.pick(label, of: outputs, from: logits, area: 1, in: &graph)
    let scalar = try graph.add(Sum(axes: [0]), logit)
    guard let slope = try graph.gradient(of: scalar, withRespectTo: [layer]).first else {
      throw LocalizationError(.noTap)
    }
    let weighted = try graph.add(Multiply(), graph.add(Relu(), slope), layer)
    let shape = graph.shape(of: layer)
    let sum = try graph.add(Relu(), graph.add(Sum(axes: [1]), weighted))
    let plane = try graph.add(Reshape([1, 1, shape[2], shape[3]]), sum)
    let binomial: [Float] = [1, 2, 1, 2, 4, 2, 1, 2, 1]
    let kernel = graph.constant(Tensor([1, 1, 3, 3], binomial.map { $0 / 16 }))
    let smooth = try graph.add(Conv2d(padding: 1), plane, kernel)
    return try graph.add(Reshape([shape[2], shape[3]]), smooth)
  }
}

/// The product of the class activation map, cut at zero, and LayerCAM: the class map says which
/// part of the picture speaks for the label, LayerCAM where in that part the evidence lies.
package enum FineActivationMap: Localizer {
  package static let name = "cam-layer-cam"

  package static func map(of label: Int, in graph: inout Graph) throws -> Value {
    let coarse = try ClassActivationMap.map(of: label, in: &graph)
    let fine = try LayerActivationMap.map(of: label, in: &graph)
    let from = graph.shape(of: coarse)
    let size = graph.shape(of: fine)
    let planes = try graph.add(Reshape([1, 1, from[0], from[1]]), graph.add(Relu(), coarse))
    let spread = try graph.add(ResizeBilinear(height: size[0], width: size[1]), planes)
    return try graph.add(Multiply(), graph.add(Reshape(size), spread), fine)
  }
}

extension Taps {
  /// The input of the last pooling of a graph for one picture.
  static func beforeLastPooling(of graph: Graph) -> Value? {
    guard let logits = graph.taps["logits"] else { return nil }
    var open = [logits]
    var last: Value?
    var seen: Set<Value> = [logits]
    while let value = open.popLast() {
      if graph.op(of: value) is MaxPool2d, last.map({ $0.index < value.index }) ?? true {
        last = value
      }
      for input in graph.inputs(of: value) where seen.insert(input).inserted {
        open.append(input)
      }
    }
    return last.flatMap { graph.inputs(of: $0).first }
  }
}
