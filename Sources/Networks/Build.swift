import Graphs
import Tensors

extension NetworkSpec {
  /// The network as a graph for a fixed batch and image size.
  ///
  /// Input "image" [N, C, H, W]. Taps: "features", the last convolution map before the head;
  /// "logits", [N, outputs] of classifiers and [N, outputs, H, W] of segmentation networks; in
  /// training also "bn.<name>.statistics" of each batch normalisation. Layouts say what else.
  /// `drops` hold in training only; they add the inputs "random" (`RandomState`) and, for squares,
  /// `Drops.rateName`. Throws `ModelError`: `.specification` for a layout out of bounds,
  /// `.inputSize` for an image that the layout cannot take.
  package func build(
    batch: Int, inputSize: (height: Int, width: Int), training: Bool, drops: Drops = Drops()
  ) throws -> Graph {
    try builder(batch, inputSize, training ? .training : .evaluation, drops).graph
  }

  func builder(
    _ batch: Int, _ inputSize: (height: Int, width: Int), _ mode: NetworkBuilder.Mode,
    _ drops: Drops = Drops()
  ) throws -> NetworkBuilder {
    try layout.check()
    guard batch > 0, inputSize.height > 0, inputSize.width > 0 else {
      throw ModelError(.inputSize)
    }
    var builder = NetworkBuilder(mode, drops: drops)
    let image = builder.graph.input(
      "image", [batch, inChannels, inputSize.height, inputSize.width])
    do {
      try layout.write(image, into: &builder)
    } catch is GraphError {
      throw ModelError(.inputSize)
    }
    return builder
  }

  /// The network at the smallest image, for its parameters.
  func smallest(_ mode: NetworkBuilder.Mode) throws -> NetworkBuilder {
    try layout.check()
    let extent = layout.smallestExtent
    return try builder(1, (extent, extent), mode)
  }

  /// The parameters of the network with their shapes, in the order of the layers, running
  /// averages of batch normalisation included.
  package func parameterShapes() throws -> [(name: String, shape: Shape)] {
    let graph = try smallest(.evaluation).graph
    return graph.parameters.map { ($0.name, graph.shape(of: $0.value)) }
  }

  /// The number of scalars that networks of this layout learn: running averages are not counted.
  package func parameterCount() throws -> Int {
    try parameterShapes().filter { !Self.isRunning($0.name) }.reduce(0) { $0 + $1.shape.count }
  }

  /// True for running averages, which no optimizer touches.
  package static func isRunning(_ name: String) -> Bool {
    name.hasSuffix(".running_mean") || name.hasSuffix(".running_var")
  }
}
