import Graphs
import Tensors

/// First-order updates with their state, which can be written out and taken up again.
///
/// Updates work in place: weights and state are copied only where someone else holds them too.
/// The results have the same bits for every number of threads.
package struct Optimizer: Sendable {
  package let settings: OptimizerSettings
  /// Momentum, or Adam's first moment, by parameter name.
  package private(set) var first = Parameters()
  /// Adam's second moment.
  package private(set) var second = Parameters()
  package private(set) var steps = 0

  package init(_ settings: OptimizerSettings) { self.settings = settings }

  /// Takes up a state written earlier.
  package init(
    _ settings: OptimizerSettings, first: Parameters, second: Parameters, steps: Int
  ) {
    self.init(settings)
    self.first = first
    self.second = second
    self.steps = steps
  }

  /// One update of every parameter that has a gradient, at `rate` times the factor of its group,
  /// or at `floor` where that is more; a factor of 0 stays 0.
  package mutating func step(
    _ parameters: inout Parameters, gradients: Parameters, rate: Double, floor: Double = 0,
    threads: Int = 1
  ) {
    steps += 1
    let scale = settings.clipNorm.map {
      Float(min(1, $0 / (gradients.norm(threads: threads) + 1e-6)))
    }
    for name in gradients.names {
      guard let gradient = gradients[name], let shape = parameters[name]?.shape else { continue }
      precondition(shape == gradient.shape)
      let factor = settings.group(of: name)?.rate ?? 1
      let own = factor == 0 ? 0 : max(rate * factor, floor)
      var law = law(rate: own)
      law.scale = scale ?? 1
      law.limit = settings.clipValue.map { Float($0) } ?? .infinity
      let decay = settings.weightDecay(of: name, rank: shape.rank)
      switch settings.decayForm {
      case .coupled: law.decay = Float(decay)
      case .decoupled: law.keep = Float(1 - own * decay)
      }
      update(&parameters, name, gradient, law, threads)
    }
  }

  private mutating func update(
    _ parameters: inout Parameters, _ name: String, _ gradient: Tensor, _ law: UpdateLaw,
    _ threads: Int
  ) {
    if first[name] == nil { first[name] = Tensor(zeros: gradient.shape) }
    let needsSecond = settings.kind != .sgd
    if needsSecond, second[name] == nil { second[name] = Tensor(zeros: gradient.shape) }
    precondition(first[name]?.shape == gradient.shape)
    precondition(!needsSecond || second[name]?.shape == gradient.shape)
    func run(_ weights: Cells, _ slope: Cells, _ m: Cells, _ v: Cells) {
      let lanes = UpdateLaw.Lanes(weights: weights, gradient: slope, first: m, second: v)
      Parallel.forRanges(count: gradient.shape.count, grain: updateGrain, width: threads) {
        law.apply(to: lanes, $0)
      }
    }
    withCells(gradient) { slope in
      parameters.edit(name) { weights in
        first.edit(name) { m in
          guard needsSecond else { return run(weights, slope, m, m) }
          second.edit(name) { v in run(weights, slope, m, v) }
        }
      }
    }
  }

  /// The law of this step at a rate, without clipping and decay.
  private func law(rate: Double) -> UpdateLaw {
    let beta1 = Float(settings.beta1)
    let beta2 = Float(settings.beta2)
    let epsilon = Float(settings.epsilon)
    let corrected = rate / (1 - power(settings.beta1, steps))
    switch settings.kind {
    case .sgd:
      return UpdateLaw(form: .momentum, size: Float(rate), beta1: Float(settings.momentum))
    case .adam, .adamW:
      let root = Float((1 - power(settings.beta2, steps)).squareRoot())
      return UpdateLaw(
        form: .adaptive, size: Float(corrected), beta1: beta1, beta2: beta2, root: root,
        epsilon: epsilon)
    case .radam:
      guard let rectified = rectification() else {
        return UpdateLaw(form: .plain, size: Float(corrected), beta1: beta1, beta2: beta2)
      }
      return UpdateLaw(
        form: .adaptive, size: Float(corrected * rectified), beta1: beta1, beta2: beta2,
        epsilon: epsilon)
    }
  }

  /// RAdam's factor of this step, the correction of the second moment included; nil while the
  /// length of the approximated average, `rho`, is too short.
  private func rectification() -> Double? {
    let decayed = power(settings.beta2, steps)
    let limit = 2 / (1 - settings.beta2) - 1
    let rho = limit - 2 * Double(steps) * decayed / (1 - decayed)
    guard settings.variant == .torch ? rho > 5 : rho >= 5 else { return nil }
    let ratio = (rho - 4) / (limit - 4) * (rho - 2) / rho * limit / (limit - 2)
    return ((1 - decayed) * ratio).squareRoot()
  }

  private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var square = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}
