import Graphs
import Imaging
import Networks
import Tensors

/// The plans of one network whose last output is a map: one for each scale of an average, made
/// once. A value: workers share it, each with a workspace of its own.
struct MapPlans: Sendable {
  private let plans: [(scale: Double, network: PlannedNetwork)]
  private let plain: PlannedNetwork
  private let averaging: MapAveraging?

  /// - Parameters:
  ///   - inputSize: of scale 1.
  ///   - edit: names the outputs; the last has two axes, rows and columns of the map.
  /// Throws `ModelError` (`.specification` for an averaging out of bounds), `GraphError`, and what
  /// `edit` throws.
  init(
    _ network: NetworkSpec, parameters: Parameters, inputSize: (height: Int, width: Int),
    averaging: MapAveraging?, outputs edit: (inout Graph) throws -> [Value]
  ) throws {
    guard averaging?.isSound ?? true else { throw ModelError(.specification) }
    let plain = try PlannedNetwork(
      network, parameters: parameters, inputSize: inputSize, outputs: edit)
    self.plain = plain
    self.averaging = averaging
    plans = try (averaging?.scales ?? []).map { scale in
      guard scale != 1 else { return (scale, plain) }
      let size = try network.inputSize(inputSize, times: scale)
      return (
        scale,
        try PlannedNetwork(network, parameters: parameters, inputSize: size, outputs: edit)
      )
    }
  }

  /// [1, C, H, W] at scale 1.
  var inputShape: Shape { plain.inputShape }

  /// The outputs for the picture itself, the plain map among them.
  func run(_ values: [Float], using workspace: Workspace) throws -> [Tensor] {
    try plain.run(Tensor(plain.inputShape, values), using: workspace)
  }

  /// The map averaged as it was asked for; `first` is the plain map that `run` gave for `values`.
  func averaged(
    from first: Tensor, of values: [Float], using workspace: Workspace
  ) throws -> Image {
    let first = Self.image(first)
    guard let averaging else { return first }
    var grid = (width: first.width, height: first.height)
    if let stride = averaging.stride {
      grid.width = (inputShape[3] + stride - 1) / stride
      grid.height = (inputShape[2] + stride - 1) / stride
    }
    var sum = Image(width: grid.width, height: grid.height)
    for (scale, network) in plans {
      let planes = Planes(values, inputShape).resized(to: network.inputShape)
      let straight = scale == 1 ? first : try map(planes, by: network, using: workspace)
      var part = straight.laid(on: grid)
      if averaging.flip {
        // Summed with its twin first: the order in which the two are read does not matter.
        let twin = try map(planes.mirrored, by: network, using: workspace).mirrored
        part.add(twin.laid(on: grid))
      }
      sum.add(part)
    }
    switch averaging.normalisation {
    case .mean: sum.divide(by: Float(plans.count * (averaging.flip ? 2 : 1)))
    case .peak: sum.divide(by: max(0, sum.pixels.max() ?? 0) + 1e-5)
    }
    return sum
  }

  private func map(
    _ planes: Planes, by network: PlannedNetwork, using workspace: Workspace
  ) throws -> Image {
    let outputs = try network.run(
      Tensor(network.inputShape, planes.images.flatMap(\.pixels)), using: workspace)
    return Self.image(outputs[outputs.count - 1])
  }

  private static func image(_ map: Tensor) -> Image {
    Image(width: map.shape[1], height: map.shape[0], pixels: map.values)
  }
}

/// The channels of an input as pictures.
private struct Planes {
  var images: [Image]

  init(_ values: [Float], _ shape: Shape) {
    let area = shape[2] * shape[3]
    images = (0..<shape[1]).map { channel in
      Image(
        width: shape[3], height: shape[2],
        pixels: Array(values[channel * area..<(channel + 1) * area]))
    }
  }

  private init(_ images: [Image]) { self.images = images }

  /// Area average when it shrinks, bilinear when it grows.
  func resized(to shape: Shape) -> Planes {
    Planes(images.map { $0.resized(width: shape[3], height: shape[2]) })
  }

  var mirrored: Planes { Planes(images.map(\.mirrored)) }
}

extension Image {
  fileprivate func laid(on grid: (width: Int, height: Int)) -> Image {
    guard grid.width != width || grid.height != height else { return self }
    return bilinear(width: grid.width, height: grid.height)
  }

  fileprivate mutating func add(_ other: Image) {
    for index in pixels.indices { pixels[index] += other.pixels[index] }
  }

  fileprivate mutating func divide(by value: Float) {
    for index in pixels.indices { pixels[index] /= value }
  }
}
