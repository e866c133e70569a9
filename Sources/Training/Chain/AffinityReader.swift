import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// Step 2 of the chain: maps spread by the random walk between the boundaries that IRNet sees.
struct AffinityReader: Sendable {
  private let edges: EdgeReader
  private let walk: RandomWalk.Settings
  private let shape: Shape
  private let insideLung: Bool

  /// `network`: an IRNet. With `insideLung`, what the walk spreads counts inside the lung mask alone.
  init(
    network: NetworkSpec, parameters: Parameters, preparation: ImagePreparation,
    walk: RandomWalk.Settings, insideLung: Bool
  ) throws {
    let size = (height: preparation.height, width: preparation.width)
    (self.walk, self.insideLung) = (walk, insideLung)
    shape = [1, network.inChannels, size.height, size.width]
    edges = try EdgeReader(network: network, parameters: parameters, inputSize: size)
  }

  init(_ recipe: ChainRecipe, parameters: Parameters) throws {
    try self.init(
      network: recipe.affinityRecipe().network, parameters: parameters,
      preparation: recipe.preparation, walk: recipe.walk,
      insideLung: recipe.maps.insideLung ?? false)
  }

  /// At the input size, `0...1`, the largest value 1. `map` has the input's size.
  func spread(
    _ map: Image, over image: PreparedImage, using workspace: Workspace
  ) throws -> Image {
    let reading = try edges.read(Tensor(shape, image.channelValues), using: workspace)
    let coarse = map.resized(width: reading.edge.width, height: reading.edge.height)
    let spread = try PropagatedMap(
      [coarse], edge: reading.edge, settings: walk, size: (map.height, map.width),
      using: workspace)
    return insideLung ? spread.maps[0].inside(image.lung).dividedByPeak() : spread.maps[0]
  }

  /// Where the map exceeds the background of the walk.
  func mask(_ spread: Image) -> Mask {
    Mask(
      width: spread.width, height: spread.height,
      bits: spread.pixels.map { $0 > walk.background ? 1 : 0 })
  }
}
