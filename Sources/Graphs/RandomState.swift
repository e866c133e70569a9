import Tensors

/// Where a source of random numbers stands; a value: the same state gives the same numbers.
///
/// Each run of a graph uses one step: feed `tensor` to `Graph.randomState`, then `advance`. To
/// resume, store both fields.
package struct RandomState: Sendable, Hashable {
  package let seed: UInt64
  /// Runs that have drawn from this seed.
  package private(set) var step: UInt64

  package init(seed: UInt64, step: UInt64 = 0) {
    self.seed = seed
    self.step = step
  }

  package mutating func advance() { step &+= 1 }

  /// The form in which a graph takes it: seed, then step, in pieces of 16 bits, lowest first,
  /// which floats hold exactly.
  package var tensor: Tensor {
    Tensor(
      RandomState.shape,
      [seed, step].flatMap { word in (0..<4).map { Float(word >> (16 * UInt64($0)) & 0xffff) } })
  }

  static let shape: Shape = [8]

  /// The state of a tensor; pieces that are no whole numbers of 16 bits count as 0.
  init(_ tensor: Tensor) {
    func word(_ start: Int) -> UInt64 {
      (0..<4).reduce(0) {
        $0 | UInt64(UInt16(exactly: tensor.values[start + $1]) ?? 0) << (16 * UInt64($1))
      }
    }
    self.init(seed: word(0), step: word(4))
  }
}

extension Graph {
  /// The input that takes `RandomState.tensor`: one for the graph, named "random".
  package mutating func randomState() -> Value { input("random", RandomState.shape) }

  /// Numbers in `0 ..< 1`; every call draws from a stream of its own.
  package mutating func uniform(_ shape: Shape, random: Value) throws -> Value {
    try add(Uniform(shape, stream: nodes.count), random)
  }

  /// 1 with the probability `rate`, which broadcasts against `shape`, else 0.
  package mutating func bernoulli(
    _ shape: Shape, rate: Value, random: Value
  ) throws -> Value {
    try add(Less(), uniform(shape, random: random), rate)
  }
}
