import Tensors

/// Moves the sum of two values of one shape into the operator that makes one of them.
///
/// When both can take the sum it goes to a `FusedScaleAdd`, which is a pass over memory of its own
/// anyway, else to the one that comes last: the downsampled shortcut of a residual block.
struct Residual: Pass {
  static let name = "residual"

  mutating func replace(_ value: Value, in rewriting: inout Rewriting) throws -> Value? {
    guard let inputs = rewriting.inputs(of: value, if: Add.self) else { return nil }
    let (a, b) = (inputs[0], inputs[1])
    guard rewriting.source.shape(of: a) == rewriting.source.shape(of: b) else { return nil }
    let late = max(a.index, b.index) == a.index ? [(a, b), (b, a)] : [(b, a), (a, b)]
    let takers = late.compactMap { maker, other in
      Self.taker(maker, rewriting).map { (op: $0, maker: maker, other: other) }
    }
    guard let best = takers.first(where: { $0.op is FusedScaleAdd }) ?? takers.first else {
      return nil
    }
    let own = rewriting.source.inputs(of: best.maker)
    return try rewriting.emit(
      best.op.addingResidual(), rewriting.images(of: own + [best.other]))
  }

  private static func taker(
    _ value: Value, _ rewriting: Rewriting
  ) -> (any ResidualEpilogue)? {
    guard rewriting.isSole(value), let op = rewriting.epilogue(of: value) as? any ResidualEpilogue,
      !op.hasResidual, op.activation == .none
    else { return nil }
    return op
  }
}
