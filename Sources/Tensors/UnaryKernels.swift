import Foundation

extension Elementwise {
  /// `f(x)` for every element; the shape of `x`.
  package static func apply(_ f: Unary, _ x: Tensor, _ workspace: Workspace) -> Tensor {
    let shape = x.shape
    return withCells(x) { x in
      workspace.tensor(shape) { y in
        Parallel.forRanges(count: shape.count, grain: grain, width: workspace.threads) { range in
          run(f, (x + range.lowerBound).base, (y + range.lowerBound).base, range.count)
        }
      }
    }
  }

  private typealias Pointer = UnsafeMutablePointer<Float>

  private static func run(_ f: Unary, _ x: Pointer, _ y: Pointer, _ count: Int) {
    switch f {
    case .scale(let a): map(x, y, count) { a * $0 }
    case .offset(let a): map(x, y, count) { a + $0 }
    case .rectify(let slope):
      // Written as a select so that NaN stays NaN and the loop vectorises.
      map(x, y, count) { $0 > 0 ? $0 : slope * $0 }
    case .sigmoid: map(x, y, count) { sigmoid($0) }
    case .tanh: map(x, y, count) { Foundation.tanh($0) }
    case .softplus: map(x, y, count) { max($0, 0) + Foundation.log1p(Foundation.exp(-abs($0))) }
    case .exp: map(x, y, count) { Foundation.exp($0) }
    case .log: map(x, y, count) { Foundation.log($0) }
    case .squareRoot: map(x, y, count) { $0.squareRoot() }
    case .square: map(x, y, count) { $0 * $0 }
    case .absolute: map(x, y, count) { abs($0) }
    case .sign: map(x, y, count) { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 * $0 }
    case .power(let exponent): map(x, y, count) { Foundation.pow($0, exponent) }
    case .clip(let low, let high):
      map(x, y, count) { $0 < low ? low : $0 > high ? high : $0 }
    }
  }

  /// The logistic function, exact at both ends.
  private static func sigmoid(_ x: Float) -> Float {
    let e = Foundation.exp(-abs(x))
    return x >= 0 ? 1 / (1 + e) : e / (1 + e)
  }

  @inline(__always)
  private static func map(
    _ x: Pointer, _ y: Pointer, _ count: Int, _ f: (Float) -> Float
  ) {
    for i in 0..<count { y[i] = f(x[i]) }
  }
}
