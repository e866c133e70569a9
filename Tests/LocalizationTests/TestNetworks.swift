import Foundation
import Graphs
import Imaging
import Localization
import Networks
import Tensors

/// Small networks and pictures that several suites read.
enum TestNetworks {
  /// Parameters with running averages, scales, shifts and biases away from 0 and 1.
  static func moved(_ network: NetworkSpec, seed: UInt64 = 5) throws -> Parameters {
    var parameters = try network.initialParameters(seed: seed)
    var source = RandomSource(seed: seed + 1)
    for name in parameters.names where parameters[name]?.shape.rank == 1 {
      guard let old = parameters[name] else { continue }
      parameters[name] = Tensor(old.shape, old.values.map { $0 + Float(source.uniform()) })
    }
    return parameters
  }

  /// One that a localizer can map, with two outputs: a `NAM` for its own method, else the other.
  static func network(for method: String, else other: NetworkSpec) -> NetworkSpec {
    guard method == NoduleActivationMap.name else { return other }
    let trunk = VGGTrunk(
      inChannels: 1, blocks: [.init([4]), .init([6]), .init([8], pool: .none)], batchNorm: true)
    return .nam(NAM(trunk, width: 5, scales: 3, outputs: 2))
  }

  static func picture(_ width: Int, _ height: Int, seed: UInt64 = 1) -> Image {
    var source = RandomSource(seed: seed)
    return Image(
      width: width, height: height,
      pixels: (0..<width * height).map { _ in Float(source.uniform()) })
  }

  static func folder() -> String {
    FileManager.default.temporaryDirectory.path + "/pleura-\(UUID().uuidString)"
  }
}

extension Image {
  /// Left and right swapped, by hand.
  var turned: Image {
    var result = self
    for row in 0..<height {
      for column in 0..<width { result[row, column] = self[row, width - 1 - column] }
    }
    return result
  }

  /// The largest difference over the largest magnitude of the other.
  func distance(from other: Image) -> Float {
    guard width == other.width, height == other.height else { return .infinity }
    let size = other.pixels.map(abs).max() ?? 0
    let worst = zip(pixels, other.pixels).map { abs($0 - $1) }.max() ?? .infinity
    return size > 0 ? worst / size : .infinity
  }
}
