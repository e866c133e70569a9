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
      let image = graph.input("image", graph.shape(of: output))
      return [try Self.normal(method, output: output, image: image, lung: nil, in: &graph)]
    }
  }

  /// The normal twin of a slice [N, 1, H, W] from the network's output: `x + M` of VA-GAN, `tanh` of
  /// a rebuilt slice; inside the lungs, where they are given.
  static func normal(
    _ method: AdversarialRecipe.Method, output: Value, image: Value, lung: Value?,
    in graph: inout Graph
  ) throws -> Value {
    let isAdded = method == .attribution
    let made = isAdded ? output : try graph.add(Tanh(), output)
    let inside = try lung.map { try graph.add(Multiply(), made, $0) } ?? made
    return isAdded ? try graph.add(Add(), image, inside) : inside
  }

  func maps(of image: PreparedImage, using workspace: Workspace) throws -> Maps {
    let values = image.channelValues
    let outputs = try network.run(Tensor(network.inputShape, values), using: workspace)
    func inside(_ output: Tensor) -> Image {
      Image(width: image.base.width, height: image.base.height, pixels: output.values)
        .inside(image.lung)
    }
    let normal = inside(outputs[0])
    return Maps(
      normal: normal, lesion: method == .decomposition ? inside(outputs[1]) : nil,
      residual: Image(
        width: normal.width, height: normal.height,
        pixels: zip(values, normal.pixels).map { abs($0 - $1) }))
  }
}
