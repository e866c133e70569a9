import Tensors

/// DropBlock (Ghiasi, Lin, Le 2018): squares of cells are dropped, the same for all channels.
package struct DropBlock: Sendable, Hashable {
  /// How the rate of dropped cells becomes one of dropped squares.
  package enum Rule: String, Sendable {
    /// `rate / size^2`, seeds anywhere.
    case simple
    /// The rule of the paper: seeds only where a whole square fits, and more of them for it.
    case original
  }

  /// Side of a square in cells.
  package let size: Int
  package let rule: Rule

  /// Traps on a size below 1.
  package init(size: Int, rule: Rule = .simple) {
    precondition(size > 0)
    self.size = size
    self.rule = rule
  }

  /// The probability that a cell is the seed of a square, when about `rate` of the cells of
  /// `height` x `width` planes shall be dropped. The planes must be at least one square large.
  package func gamma(rate: Float, height: Int, width: Int) -> Float {
    let simple = rate / Float(size * size)
    guard rule == .original else { return simple }
    return simple * Float(height * width) / Float((height - size + 1) * (width - size + 1))
  }
}

extension Graph {
  /// Zeros in a random `rate` of the elements, the rest divided by `1 - rate`; for training only.
  ///
  /// `random` is `randomState()`. Throws `.attribute` when the rate is not in `0 ..< 1`.
  package mutating func dropout(_ x: Value, rate: Float, random: Value) throws -> Value {
    guard (0..<1).contains(rate) else { throw GraphError(.attribute, at: nodes.count) }
    if rate == 0 { return x }
    let dropped = try bernoulli(shape(of: x), rate: constant(rate), random: random)
    let keep = try add(Offset(1), add(Scale(-1), dropped))
    return try add(Multiply(), x, add(Scale(1 / (1 - rate)), keep))
  }

  /// Zeros in random squares of x N, C, H, W, the rest scaled up by the share that is left over
  /// the whole batch; for training only.
  ///
  /// `gamma` is a scalar: an input, when a schedule sets it, of `DropBlock.gamma`. Where nothing
  /// is left all is zero.
  package mutating func dropBlock(
    _ x: Value, _ block: DropBlock, gamma: Value, random: Value
  ) throws -> Value {
    let keep = try dropBlockMask(shape(of: x), block, gamma: gamma, random: random)
    let left = try add(Maximum(), add(Sum(axes: [0, 1, 2, 3]), keep), constant(1))
    let factor = try add(Divide(), constant(Float(shape(of: keep).count)), left)
    return try add(Multiply(), x, add(Multiply(), keep, factor))
  }

  /// N, 1, H, W: 0 in the squares, 1 elsewhere.
  package mutating func dropBlockMask(
    _ shape: Shape, _ block: DropBlock, gamma: Value, random: Value
  ) throws -> Value {
    guard shape.rank == 4 else { throw GraphError(.shape, at: nodes.count) }
    let (height, width) = (shape[2], shape[3])
    let inset = block.rule == .original ? block.size - 1 : 0
    guard height > inset, width > inset else { throw GraphError(.shape, at: nodes.count) }
    let field: Shape = [shape[0], 1, height - inset, width - inset]
    var seeds = try bernoulli(field, rate: gamma, random: random)
    if inset > 0 {
      seeds = try add(Embed(axis: 2, start: inset / 2, total: height), seeds)
      seeds = try add(Embed(axis: 3, start: inset / 2, total: width), seeds)
    }
    let pool = MaxPool2d(kernel: block.size, stride: 1, padding: block.size / 2)
    var blocked = try add(pool, seeds)
    if block.size % 2 == 0 {
      blocked = try add(Slice(axis: 2, start: 0, count: height), blocked)
      blocked = try add(Slice(axis: 3, start: 0, count: width), blocked)
    }
    return try add(Offset(1), add(Scale(-1), blocked))
  }
}
