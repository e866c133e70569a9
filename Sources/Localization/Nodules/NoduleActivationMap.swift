import Graphs
import Networks
import Tensors

/// The nodule activation map (Feng et al. 2017, equation 2) of a `NAM` network: at each scale
/// `sum_k w[c, k] a_k` with the weights of the linear layer, without its bias; coarser scales are spread
/// bilinearly over the grid of the finest and added (the order is ours, the paper gives none).
///
/// With one scale it is the class activation map. The logit is the sum over the scales of the mean of each
/// one's map, and the bias (equation 3, the mean for the sum).
package enum NoduleActivationMap: Localizer {
  package static let name = "nam"

  /// `layer` must be nil: the scales are those of the network. Throws `.noTap` for other networks.
  package static func map(of label: Int, at layer: String?, in graph: inout Graph) throws -> Value {
    guard layer == nil else { throw LocalizationError(.noTap) }
    let scales = try maps(of: label, in: &graph)
    let finest = scales.max { graph.shape(of: $0).count < graph.shape(of: $1).count }
    guard let finest else { throw LocalizationError(.noTap) }
    let size = graph.shape(of: finest)
    var sum: Value?
    for scale in scales {
      let own = graph.shape(of: scale)
      var map = scale
      if own != size {
        let planes = try graph.add(Reshape([1, 1, own[0], own[1]]), map)
        map = try graph.add(
          Reshape(size), graph.add(ResizeBilinear(height: size[0], width: size[1]), planes))
      }
      sum = try sum.map { try graph.add(Add(), $0, map) } ?? map
    }
    guard let sum else { throw LocalizationError(.noTap) }
    return sum
  }

  /// The weighted map of each scale, the deepest first: two axes, rows and columns.
  package static func maps(of label: Int, in graph: inout Graph) throws -> [Value] {
    let taps = NAM.taps(of: graph)
    guard !taps.isEmpty else { throw LocalizationError(.noTap) }
    let head = try LinearHead.any(in: graph)
    let form = graph.shape(of: head.weight)
    let widths = taps.map { graph.shape(of: $0)[1] }
    guard form[1] == widths.reduce(0, +), (0..<form[0]).contains(label) else {
      throw LocalizationError(.noHead)
    }
    var first = 0
    return try taps.map { tap in
      let shape = graph.shape(of: tap)
      let width = shape[1]
      // Picks the row of the label and the columns of the scale.
      var row = [Float](repeating: 0, count: form[0])
      row[label] = 1
      var columns = [Float](repeating: 0, count: form[1] * width)
      for channel in 0..<width { columns[(first + channel) * width + channel] = 1 }
      first += width
      let own = try graph.add(
        MatMul(), graph.constant(Tensor([1, form[0]], row)), head.weight)
      let weights = try graph.add(
        MatMul(), own, graph.constant(Tensor([form[1], width], columns)))
      let kernel = try graph.add(Reshape([1, width, 1, 1]), weights)
      return try graph.add(Reshape([shape[2], shape[3]]), graph.add(Conv2d(), tap, kernel))
    }
  }
}
