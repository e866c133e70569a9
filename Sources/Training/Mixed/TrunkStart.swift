import Foundation
import Graphs
import Networks
import Tensors

/// The weights of a residual trunk, named as torchvision's ("conv1.weight", "layer1.0.bn1.bias"), that
/// a segmentation network begins with.
package struct TrunkStart: Sendable {
  private let weights: Parameters

  package init(_ weights: Parameters) { self.weights = weights }

  /// Reads an ONNX or safetensors file, by its ending. Names may stand behind "backbone." or
  /// "encoder.". Throws `startUnreadable`.
  package init(path: String) throws {
    var found: Parameters?
    if path.lowercased().hasSuffix(".onnx") {
      found = (try? ONNX.read(path))?.parameters
    } else {
      found =
        FileManager.default.contents(atPath: path)
        .flatMap { try? Safetensors.decode([UInt8]($0)) }?.parameters
    }
    guard let found else { throw TrainingError(.startUnreadable) }
    var weights = Parameters()
    for name in found.names {
      let prefix = Self.prefixes.first(where: name.hasPrefix) ?? ""
      weights[String(name.dropFirst(prefix.count))] = found[name]
    }
    self.weights = weights
  }

  private static let prefixes = ["backbone.", "encoder."]

  /// `fresh` with the trunk replaced. A first convolution for another number of channels is summed
  /// over its channels and shared out, so that a grey picture gives what it gave in colour.
  ///
  /// Throws `startMismatch` with the number of the tensor, in the order of names, that is missing, has
  /// another shape or is not finite.
  package func apply(to fresh: Parameters, of network: NetworkSpec) throws -> Parameters {
    var out = fresh
    var replaced = 0
    for (index, name) in fresh.names.enumerated() {
      guard let prefix = Self.prefixes.first(where: name.hasPrefix), let wanted = fresh[name] else {
        continue
      }
      let plain = String(name.dropFirst(prefix.count))
      guard var taken = weights[plain] else {
        throw TrainingError(.startMismatch, index: index)
      }
      if plain == "conv1.weight" { taken = Self.shared(taken, channels: network.inChannels) }
      guard taken.shape == wanted.shape, taken.values.allSatisfy(\.isFinite) else {
        throw TrainingError(.startMismatch, index: index)
      }
      out[name] = taken
      replaced += 1
    }
    guard replaced > 0 else { throw TrainingError(.startMismatch) }
    return out
  }

  private static func shared(_ kernel: Tensor, channels: Int) -> Tensor {
    guard kernel.shape.rank == 4, kernel.shape[1] != channels else { return kernel }
    let (outs, ins) = (kernel.shape[0], kernel.shape[1])
    let area = kernel.shape[2] * kernel.shape[3]
    var values = [Float](repeating: 0, count: outs * channels * area)
    for out in 0..<outs {
      for cell in 0..<area {
        var sum: Float = 0
        for channel in 0..<ins { sum += kernel.values[(out * ins + channel) * area + cell] }
        for channel in 0..<channels {
          values[(out * channels + channel) * area + cell] = sum / Float(channels)
        }
      }
    }
    return Tensor([outs, channels, kernel.shape[2], kernel.shape[3]], values)
  }
}
