import Graphs
import Tensors

/// The linear layer behind the mean of classifiers.
extension NetworkSpec {
  /// With a head of so many logits; networks without a linear head stay as they are.
  package func with(outputs: Int) -> NetworkSpec {
    switch self {
    case .vggGAP(var layout):
      layout.outputs = outputs
      return .vggGAP(layout)
    case .vgg(var layout):
      layout.outputs = outputs
      return .vgg(layout)
    case .resNet(var layout):
      layout.outputs = outputs
      return .resNet(layout)
    case .denseNet(var layout):
      layout.outputs = outputs
      return .denseNet(layout)
    default: return self
    }
  }

  /// The name of the layer that gives the logits; nil for networks without such a head.
  package var head: String? {
    switch self {
    case .vggGAP: "head"
    case .vgg(let layout): layout.head == .perceptron ? "classifier.6" : "classifier"
    case .resNet(let layout): layout.trunk.block == .squeeze ? "last_linear" : "fc"
    case .denseNet: "classifier"
    default: nil
    }
  }
}

extension Parameters {
  /// With each logit of the head `head` a weighted sum of the old ones: `rows` [new][old].
  package func mixingHead(_ head: String, rows: [[Float]]) -> Parameters {
    guard let weight = self[head + ".weight"], let bias = self[head + ".bias"] else { return self }
    var out = self
    let (old, channels) = (weight.shape[0], weight.shape[1])
    precondition(rows.allSatisfy { $0.count == old })
    var mixed = [Float](repeating: 0, count: rows.count * channels)
    var offsets = [Float](repeating: 0, count: rows.count)
    for (new, row) in rows.enumerated() {
      for (from, factor) in row.enumerated() where factor != 0 {
        offsets[new] += factor * bias.values[from]
        for channel in 0..<channels {
          mixed[new * channels + channel] += factor * weight.values[from * channels + channel]
        }
      }
    }
    out[head + ".weight"] = Tensor([rows.count, channels], mixed)
    out[head + ".bias"] = Tensor([rows.count], offsets)
    return out
  }
}
