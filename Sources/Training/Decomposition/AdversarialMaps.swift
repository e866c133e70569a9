import Graphs
import Imaging
import Networks
import Tensors

/// What a trained network says of one slice, beside the normal slice it makes of it.
struct AdversarialMaps: Sendable {
  private let network: PlannedNetwork
  private let method: AdversarialRecipe.Method

  /// The maps of one slice at the input's size, 0 outside the lungs.
  struct Maps: Sendable {
    let normal: Image
    /// Decomposition: `g2`, -1...1; nil for the others.
    let lesion: Image?
    /// `|x - normal|`: the heat map of the authors' code, of VA-GAN and of the biomarkers.
    let residual: Image
  }

  init(
    _ recipe: AdversarialRecipe, parameters: Parameters, preparation: ImagePreparation
  ) throws {
    guard let layout = recipe.learning.network else { throw TrainingError(.recipe) }
    let method = recipe.method
    self.method = method
    network = try PlannedNetwork(
      layout, parameters: parameters, inputSize: (preparation.height, preparation.width)
    ) { graph in
      if method == .decomposition {
        guard let normal = graph.taps["normal"], let lesion = graph.taps["lesion"] else {
          throw TrainingError(.recipe)
        }
        return [normal, lesion]
      }
      guard let output = graph.taps["logits"] else { throw TrainingError(.recipe) }
      // The lungs are cut out below.
      let image = graph.input("image", graph.shape(of: output))
      let all = graph.constant(
        Tensor(
          graph.shape(of: output), [Float](repeating: 1, count: graph.shape(of: output).count)))
      return [try Self.normal(method, output: output, image: image, lung: all, in: &graph)]
    }
  }

  /// The normal twin of a slice [N, 1, H, W] from the network's output: `x + M` of VA-GAN, `tanh` of
  /// a rebuilt slice; inside the lungs.
  static func normal(
    _ method: AdversarialRecipe.Method, output: Value, image: Value, lung: Value,
    in graph: inout Graph
  ) throws -> Value {
    switch method {
    case .attribution:
      return try graph.add(Add(), image, graph.add(Multiply(), output, lung))
    case .biomarker, .decomposition:
      return try graph.add(Multiply(), graph.add(Tanh(), output), lung)
    }
  }

  func maps(of image: PreparedImage, using workspace: Workspace) throws -> Maps {
    let values = image.channelValues
    let outputs = try network.run(Tensor(network.inputShape, values), using: workspace)
    let (width, height) = (image.base.width, image.base.height)
    func inside(_ pixels: [Float]) -> Image {
      let lung = image.lung?.bits
      return Image(
        width: width, height: height,
        pixels: pixels.indices.map { (lung?[$0] ?? 1) == 0 ? 0 : pixels[$0] })
    }
    let normal = inside(outputs[0].values)
    return Maps(
      normal: normal, lesion: method == .decomposition ? inside(outputs[1].values) : nil,
      residual: Image(
        width: width, height: height, pixels: zip(values, normal.pixels).map { abs($0 - $1) }))
  }
}
