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

  package static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    let own = layer == nil ? Taps.beforeLastPooling(of: graph) : try Taps.layer(layer, of: graph)
    guard let own else { throw LocalizationError(.noTap) }
    let slope = try Taps.slope(of: label, at: own, in: &graph)
    let weighted = try graph.add(Multiply(), graph.add(Relu(), slope), own)
    let shape = graph.shape(of: own)
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

  /// `layer` is LayerCAM's; the class map is that of "features".
  package static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    let coarse = try ClassActivationMap.map(of: label, in: &graph)
    let fine = try LayerActivationMap.map(of: label, at: layer, in: &graph)
    let from = graph.shape(of: coarse)
    let size = graph.shape(of: fine)
    let planes = try graph.add(Reshape([1, 1, from[0], from[1]]), graph.add(Relu(), coarse))
    let spread = try graph.add(ResizeBilinear(height: size[0], width: size[1]), planes)
    return try graph.add(Multiply(), graph.add(Reshape(size), spread), fine)
  }
}
