import Foundation
import Graphs
import Networks
import Tensors
import Testing

/// What PyTorch computed for the named networks: see Tests/tools/make_network_vectors.py.
struct NetworkVectors: Decodable, Sendable {
  /// Evenly spaced elements of a tensor: element `k * count / samples.count`.
  struct Summary: Decodable, Sendable {
    let shape: [Int]
    let samples: [Float]
    let sum: Double
    let max: Float
    let norm: Double?
  }

  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    let network: NamedNetwork
    let channels: Int
    let outputs: Int
    /// N, C, H, W.
    let image: [Int]
    /// Of this form of the network, running averages left out.
    let parameters: Int
    let taps: [String: Summary]
    /// Every width is divided by it.
    let divisor: Int?
    /// Widths of the hidden layers of VGG's head.
    let hidden: Int?
    /// The image is multiplied by it.
    let scale: Float?
    /// Dilations of the pyramid.
    let rates: [Int]?

    /// Of Ciga's network.
    let variant: String?

    var testDescription: String { network.rawValue + (variant.map { " " + $0 } ?? "") }

    var spec: NetworkSpec {
      let full = network.spec(
        channels: channels, outputs: outputs, dividingWidthsBy: divisor ?? 1)
      switch full {
      case .vgg(var layout):
        layout.hidden = hidden ?? layout.hidden
        return .vgg(layout)
      case .deepLabV3(var layout):
        layout.rates = rates ?? layout.rates
        return .deepLabV3(layout)
      case .deepLabV3Plus(var layout):
        layout.rates = rates ?? layout.rates
        return .deepLabV3Plus(layout)
      case .ciga(var layout):
        layout.tileHead = variant == "perceptron" ? .perceptron : .maximum
        layout.form = variant == "unpooling" ? .unpooling : .code
        if variant == "unpooling" { layout.trunk = .resNet18 }
        return .ciga(layout)
      default: return full
      }
    }
  }

  struct Training: Decodable, Sendable, CustomTestStringConvertible {
    let network: NamedNetwork
    let channels: Int
    let outputs: Int
    let image: [Int]
    /// Channels of the decoder of a U-Net.
    let decoder: [Int]?
    /// The stream of the image: one that keeps clear of the kinks of ReLU.
    let stream: String
    let loss: Float
    let gradients: [String: Summary]

    var testDescription: String { network.rawValue }

    var spec: NetworkSpec {
      let full = network.spec(channels: channels, outputs: outputs)
      guard case .encoderUNet(var layout) = full, let decoder else { return full }
      layout.decoder = decoder
      return .encoderUNet(layout)
    }
  }

  let cases: [Case]
  let training: [Training]

  /// Empty when the text cannot be read, which a test sees.
  static let recorded: NetworkVectors = {
    let text = Data(NetworkVectorText.json.utf8)
    return (try? JSONDecoder().decode(NetworkVectors.self, from: text))
      ?? NetworkVectors(cases: [], training: [])
  }()

  /// The rule of the Python program: weights within `sqrt(6 / fan in)`, a tenth of it in gates,
  /// scales and variances in 0.5...1.5, the rest in -0.1...0.1, each from the stream of its name.
  static func parameters(_ spec: NetworkSpec) throws -> Parameters {
    var parameters = Parameters()
    for (name, shape) in try spec.parameterShapes() {
      var source = RandomSource(seed: 0, stream: name)
      var values = [Float](repeating: 0, count: shape.count)
      let isScale = name.hasSuffix(".weight") || name.hasSuffix(".running_var")
      let gate = name.contains("se_module") ? 0.1 : 1
      let bound = gate * (6 / Double(shape.count / shape[0])).squareRoot()
      for index in values.indices {
        let u = source.uniform()
        values[index] =
          shape.rank > 1 ? Float((2 * u - 1) * bound) : Float(isScale ? u + 0.5 : 0.1 * (2 * u - 1))
      }
      parameters[name] = Tensor(shape, values)
    }
    return parameters
  }

  static func image(_ dims: [Int], scale: Float = 1, stream: String = "image") -> Tensor {
    let shape = Shape(dims)
    var source = RandomSource(seed: 0, stream: stream)
    return Tensor(shape, (0..<shape.count).map { _ in scale * Float(2 * source.uniform() - 1) })
  }

  /// Class numbers for a target of rank 1, else 0 or 1 for each element.
  static func target(_ shape: Shape, classes: Int) -> Tensor {
    var source = RandomSource(seed: 0, stream: "target")
    return Tensor(
      shape,
      (0..<shape.count).map { _ in
        let u = source.uniform()
        return shape.rank == 1 ? Float((u * Double(classes)).rounded(.down)) : (u < 0.5 ? 1 : 0)
      })
  }
}
