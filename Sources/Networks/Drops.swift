import Graphs
import Tensors

/// What a network drops at random in training; nothing in evaluation.
package struct Drops: Sendable, Hashable {
  /// The dropout of the layouts that have one: VGG's linear layers and the pyramid of DeepLab.
  package var dropout: Bool
  /// Squares out of the last two stages of a residual trunk, or the last two blocks of VGG.
  package var block: DropBlock?

  package init(dropout: Bool = false, block: DropBlock? = nil) {
    self.dropout = dropout
    self.block = block
  }

  /// The input of the share of cells that `block` drops, of rank 0: a schedule sets it.
  package static let rateName = "drop.rate"
}

extension NetworkBuilder {
  mutating func dropout(_ x: Value, rate: Float) throws -> Value {
    guard mode == .training, drops.dropout else { return x }
    return try graph.dropout(x, rate: rate, random: graph.randomState())
  }

  mutating func dropBlock(_ x: Value) throws -> Value {
    guard mode == .training, !isFrozen, let block = drops.block else { return x }
    let form = shape(x)
    guard min(form[2], form[3]) >= block.size else { throw GraphError(.shape) }
    let rate = graph.input(Drops.rateName, [])
    let seeds = block.gamma(rate: 1, height: form[2], width: form[3])
    return try graph.dropBlock(
      x, block, gamma: graph.add(Scale(seeds), rate), random: graph.randomState())
  }
}
