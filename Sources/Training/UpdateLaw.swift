import Graphs
import Tensors

/// One update of one parameter: the numbers that all its elements share, and the loops.
///
/// Every element is computed by itself, so that ranges may be taken in any order by any number of
/// threads. The loops are plain arithmetic over raw memory: the compiler makes vector code of them.
struct UpdateLaw: Sendable {
  enum Form: Sendable {
    /// `m = beta1 m + g`, `p -= size m`.
    case momentum
    /// `m` and `v` follow the gradient and its square; `p -= size m / (sqrt(v) / root + epsilon)`.
    case adaptive
    /// The same moments; `p -= size m`.
    case plain
  }

  /// The elements of a parameter, its gradient and its state; `second` is unused by momentum.
  struct Lanes: Sendable {
    let weights: Cells
    let gradient: Cells
    let first: Cells
    let second: Cells
  }

  var form: Form
  var size: Float
  var beta1: Float
  var beta2: Float = 0
  var root: Float = 1
  var epsilon: Float = 0
  /// What the gradient is multiplied by, after its elements are held to `-limit ... limit`.
  var scale: Float = 1
  var limit = Float.infinity
  /// Coupled decay.
  var decay: Float = 0
  /// What decoupled decay leaves of a weight.
  var keep: Float = 1

  /// Elements whose gradient is held at once: scratch, weights and state stay in the first cache.
  private static let block = 1024

  func apply(to lanes: Lanes, _ range: Range<Int>) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.block) { scratch in
      guard let slope = scratch.baseAddress else { return }
      var start = range.lowerBound
      while start < range.upperBound {
        let count = min(Self.block, range.upperBound - start)
        let weights = lanes.weights.base + start
        prepare(slope, lanes.gradient.base + start, weights, count)
        let first = lanes.first.base + start
        switch form {
        case .momentum: momentum(weights, slope, first, count)
        case .adaptive: adaptive(weights, slope, first, lanes.second.base + start, count)
        case .plain: plain(weights, slope, first, lanes.second.base + start, count)
        }
        start += count
      }
    }
  }

  private typealias Lane = UnsafeMutablePointer<Float>

  /// Clipping and decay. What changes nothing is left out: adding 0 would turn -0 into 0.
  private func prepare(_ slope: Lane, _ gradient: Lane, _ weights: Lane, _ count: Int) {
    if limit < .infinity {
      for i in 0..<count { slope[i] = min(max(gradient[i], -limit), limit) }
    } else {
      for i in 0..<count { slope[i] = scale * gradient[i] }
    }
    if decay != 0 { for i in 0..<count { slope[i] += decay * weights[i] } }
    if keep != 1 { for i in 0..<count { weights[i] *= keep } }
  }

  private func momentum(_ weights: Lane, _ slope: Lane, _ first: Lane, _ count: Int) {
    for i in 0..<count {
      let m = beta1 * first[i] + slope[i]
      first[i] = m
      weights[i] -= size * m
    }
  }

  /// In three loops, because the compiler leaves the one with the root scalar.
  private func adaptive(
    _ weights: Lane, _ slope: Lane, _ first: Lane, _ second: Lane, _ count: Int
  ) {
    for i in 0..<count {
      let g = slope[i]
      let m = beta1 * first[i] + (1 - beta1) * g
      let v = beta2 * second[i] + (1 - beta2) * g * g
      first[i] = m
      second[i] = v
      slope[i] = v
    }
    for i in 0..<count { slope[i] = slope[i].squareRoot() }
    for i in 0..<count { weights[i] -= size * first[i] / (slope[i] / root + epsilon) }
  }

  private func plain(
    _ weights: Lane, _ slope: Lane, _ first: Lane, _ second: Lane, _ count: Int
  ) {
    for i in 0..<count {
      let g = slope[i]
      let m = beta1 * first[i] + (1 - beta1) * g
      first[i] = m
      second[i] = beta2 * second[i] + (1 - beta2) * g * g
      weights[i] -= size * m
    }
  }
}

extension Parameters {
  /// Lends the elements of a tensor for writing in place. Does nothing for a name without one.
  mutating func edit(_ name: String, _ body: (Cells) -> Void) {
    guard let shape = self[name]?.shape, var values = take(name) else { return }
    values.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { body(Cells(base)) }
    }
    self[name] = Tensor(shape, values)
  }

  /// Removes a tensor, so that its elements have no second owner here.
  private mutating func take(_ name: String) -> [Float]? {
    guard let tensor = self[name] else { return nil }
    self[name] = nil
    return tensor.values
  }
}

/// Elements that one thread takes at a time.
let updateGrain = 1 << 15
