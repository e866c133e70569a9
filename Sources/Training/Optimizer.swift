import Graphs
import Tensors

/// What an optimizer is and its constants, as written in a recipe.
package struct OptimizerSettings: Sendable, Codable, Hashable {
  package enum Kind: String, Sendable, Codable {
    /// Kingma and Ba 2015, bias-corrected, decay coupled (added to the gradient).
    case adam
    /// `v = momentum v + g`, `p -= rate v`; not Nesterov; decay coupled.
    case sgd
  }

  package var kind: Kind
  package var rate: Double
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var momentum: Double
  /// Only on tensors of rank 2 and more: biases and normalisation scales do not decay.
  package var weightDecay: Double

  package init(
    kind: Kind, rate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    momentum: Double = 0.9, weightDecay: Double = 0
  ) {
    self.kind = kind
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.momentum = momentum
    self.weightDecay = weightDecay
  }
}

/// First-order updates with their state, which can be written out and taken up again.
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

  /// One update of every parameter that has a gradient, at `rate`.
  package mutating func step(_ parameters: inout Parameters, gradients: Parameters, rate: Double) {
    steps += 1
    for name in gradients.names {
      guard let gradient = gradients[name], let value = parameters[name] else { continue }
      let decay = value.shape.rank > 1 ? Float(settings.weightDecay) : 0
      var weights = value.values
      var slope = gradient.values
      if decay != 0 { for i in slope.indices { slope[i] += decay * weights[i] } }
      switch settings.kind {
      case .adam: adam(name, &weights, slope, value.shape, rate)
      case .sgd: momentum(name, &weights, slope, value.shape, rate)
      }
      parameters[name] = Tensor(value.shape, weights)
    }
  }

  private mutating func adam(
    _ name: String, _ weights: inout [Float], _ slope: [Float], _ shape: Shape, _ rate: Double
  ) {
    var m = first[name]?.values ?? [Float](repeating: 0, count: slope.count)
    var v = second[name]?.values ?? m
    let b1 = Float(settings.beta1)
    let b2 = Float(settings.beta2)
    let size = Float(rate / (1 - power(settings.beta1, steps)))
    let root = Float((1 - power(settings.beta2, steps)).squareRoot())
    let epsilon = Float(settings.epsilon)
    for i in slope.indices {
      m[i] = b1 * m[i] + (1 - b1) * slope[i]
      v[i] = b2 * v[i] + (1 - b2) * slope[i] * slope[i]
      weights[i] -= size * m[i] / (v[i].squareRoot() / root + epsilon)
    }
    first[name] = Tensor(shape, m)
    second[name] = Tensor(shape, v)
  }

  private mutating func momentum(
    _ name: String, _ weights: inout [Float], _ slope: [Float], _ shape: Shape, _ rate: Double
  ) {
    var v = first[name]?.values ?? [Float](repeating: 0, count: slope.count)
    for i in slope.indices {
      v[i] = Float(settings.momentum) * v[i] + slope[i]
      weights[i] -= Float(rate) * v[i]
    }
    first[name] = Tensor(shape, v)
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

/// A running average of weights: `average = decay * average + (1 - decay) * weights`, with a
/// shorter memory at the start, `min(decay, (1 + t) / (10 + t))`.
package struct WeightAverage: Sendable {
  package let decay: Double
  package private(set) var average: Parameters
  package private(set) var updates = 0

  package init(decay: Double, start: Parameters, updates: Int = 0) {
    self.decay = decay
    average = start
    self.updates = updates
  }

  package mutating func update(_ parameters: Parameters) {
    let now = min(decay, Double(1 + updates) / Double(10 + updates))
    updates += 1
    let keep = Float(now)
    for name in parameters.names {
      guard let fresh = parameters[name], var old = average[name] else { continue }
      var values = old.values
      for i in values.indices { values[i] = keep * values[i] + (1 - keep) * fresh.values[i] }
      old.values = values
      average[name] = old
    }
  }
}
