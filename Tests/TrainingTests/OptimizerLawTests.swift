import Graphs
import Tensors
import Testing
import Training

/// What holds for every optimizer: threads and pieces do not show in the bits, updates are in
/// place, and Adam, SGD and the average have the bits that they had before they were.
@Suite struct OptimizerLawTests {
  /// Longer than two of the pieces that threads take, and not a multiple of one.
  private static let count = 70_003

  static let kinds: [OptimizerSettings] = OptimizerSettings.Kind.allCases.map {
    var settings = OptimizerSettings(kind: $0, rate: 0.01, weightDecay: 0.01)
    settings.clipNorm = 50
    settings.groups = [.init(match: "*.bias", rate: 2)]
    return settings
  }

  private static func random(_ stream: UInt64, _ scale: Double) -> Parameters {
    var random = SeededRandom(seed: 5, stream: stream)
    var table = Tensor(
      [7, count / 7 + 1],
      (0..<7 * (count / 7 + 1)).map { _ in
        Float(scale * random.uniform(-1, 1))
      })
    (table.values[0], table.values[1]) = (0, -0.0)
    let bias = Tensor([3], (0..<3).map { _ in Float(scale * random.uniform(-1, 1)) })
    return Parameters(["a.weight": table, "a.bias": bias])
  }

  private static func bits(_ parameters: Parameters) -> [[UInt32]] {
    parameters.names.map { parameters[$0]?.values.map(\.bitPattern) ?? [] }
  }

  @Test(arguments: kinds)
  func threadsDoNotShow(_ settings: OptimizerSettings) {
    var results: [[[UInt32]]] = []
    for threads in [1, 2, 5] {
      var parameters = Self.random(0, 1)
      var optimizer = Optimizer(settings)
      var average = WeightAverage(decay: 0.9, start: parameters)
      for step in 1...7 {
        optimizer.step(
          &parameters, gradients: Self.random(UInt64(step), 0.5), rate: 0.01, threads: threads)
        average.update(parameters, threads: threads)
      }
      results.append(
        [parameters, optimizer.first, optimizer.second, average.average].flatMap(Self.bits))
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
    #expect(Self.bits(Self.random(0, 1)) != Array(results[0].prefix(2)))
  }

  @Test(arguments: kinds)
  func updatesAreInPlace(_ settings: OptimizerSettings) {
    func place(_ tensor: Tensor?) -> UnsafeRawPointer? {
      tensor?.values.withUnsafeBytes { $0.baseAddress }
    }
    var parameters = Self.random(0, 1)
    var optimizer = Optimizer(settings)
    var average = WeightAverage(decay: 0.9, start: Self.random(0, 1))
    let gradients = Self.random(1, 1)
    optimizer.step(&parameters, gradients: gradients, rate: 0.1)
    let places = {
      [parameters, optimizer.first, optimizer.second, average.average].map { place($0["a.weight"]) }
    }
    let before = places()
    optimizer.step(&parameters, gradients: gradients, rate: 0.1)
    average.update(parameters)
    #expect(places() == before)
  }

  /// Who holds the weights from before a step still has them after it.
  @Test func othersKeepTheirCopies() {
    var parameters = Self.random(0, 1)
    let held = parameters
    var optimizer = Optimizer(OptimizerSettings(kind: .adam, rate: 0.1))
    optimizer.step(&parameters, gradients: Self.random(1, 1), rate: 0.1)
    let state = optimizer
    optimizer.step(&parameters, gradients: Self.random(2, 1), rate: 0.1)
    #expect(Self.bits(held) == Self.bits(Self.random(0, 1)))
    #expect(Self.bits(state.first) != Self.bits(optimizer.first))
  }

  @Test(arguments: [OptimizerSettings.Kind.adam, .sgd], [0, 1e-4])
  func bitsAreThoseOfTheFirstVersion(_ kind: OptimizerSettings.Kind, _ decay: Double) {
    let settings = OptimizerSettings(kind: kind, rate: 0.003, weightDecay: decay)
    var parameters = Self.random(0, 1)
    var average = WeightAverage(decay: 0.99, start: parameters)
    var optimizer = Optimizer(settings)
    var old = FirstVersion(settings: settings, weights: parameters)
    for step in 0..<9 {
      let gradients = Self.random(UInt64(step + 1), 0.5)
      let rate = 0.003 * Double(step + 1) / 9
      optimizer.step(&parameters, gradients: gradients, rate: rate, threads: 2)
      average.update(parameters, threads: 2)
      old.step(gradients, rate)
    }
    #expect(Self.bits(parameters) == Self.bits(old.weights))
    #expect(Self.bits(average.average) == Self.bits(old.average))
    #expect(Self.bits(optimizer.first) == Self.bits(old.first))
    #expect(Self.bits(optimizer.second) == Self.bits(old.second))
  }

  @Test func normIsThatOfAllTensors() {
    let parameters = Parameters(["a": Tensor([1, 2], [3, 0]), "b": Tensor([1], [-4])])
    #expect(parameters.norm(threads: 2) == 5)
    let long = Self.random(3, 1)
    let exact = long.names.flatMap { long[$0]?.values ?? [] }
      .reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(long.norm(threads: 1) - exact) < 1e-9 * exact)
    #expect(long.norm(threads: 1) == long.norm(threads: 3))
  }

  @Test func fixedAverageHasNoShortMemory() {
    let one = { (value: Float) in Parameters(["w": Tensor([1, 1], [value])]) }
    var average = WeightAverage(decay: 0.75, warming: false, start: one(0))
    average.update(one(1))
    average.update(one(1))
    #expect(average.average["w"]?.scalar == 0.4375)
  }
}

/// The arithmetic of the first released version, element by element.
private struct FirstVersion {
  let settings: OptimizerSettings
  var weights: Parameters
  var first = Parameters()
  var second = Parameters()
  var average: Parameters
  var steps = 0

  init(settings: OptimizerSettings, weights: Parameters) {
    self.settings = settings
    self.weights = weights
    average = weights
  }

  mutating func step(_ gradients: Parameters, _ rate: Double) {
    steps += 1
    for name in gradients.names {
      guard let gradient = gradients[name], let value = weights[name] else { continue }
      let decay = value.shape.rank > 1 ? Float(settings.weightDecay) : 0
      var (weights, slope) = (value.values, gradient.values)
      if decay != 0 { for i in slope.indices { slope[i] += decay * weights[i] } }
      var m = first[name]?.values ?? [Float](repeating: 0, count: slope.count)
      var v = second[name]?.values ?? m
      let (b1, b2) = (Float(settings.beta1), Float(settings.beta2))
      let size = Float(rate / (1 - power(settings.beta1)))
      let root = Float((1 - power(settings.beta2)).squareRoot())
      for i in slope.indices {
        switch settings.kind {
        case .adam:
          m[i] = b1 * m[i] + (1 - b1) * slope[i]
          v[i] = b2 * v[i] + (1 - b2) * slope[i] * slope[i]
          weights[i] -= size * m[i] / (v[i].squareRoot() / root + Float(settings.epsilon))
        default:
          m[i] = Float(settings.momentum) * m[i] + slope[i]
          weights[i] -= Float(rate) * m[i]
        }
      }
      first[name] = Tensor(value.shape, m)
      if settings.kind == .adam { second[name] = Tensor(value.shape, v) }
      self.weights[name] = Tensor(value.shape, weights)
      follow(name, weights)
    }
  }

  private mutating func follow(_ name: String, _ fresh: [Float]) {
    let keep = Float(min(0.99, Double(steps) / Double(9 + steps)))
    guard var old = average[name] else { return }
    var values = old.values
    for i in values.indices { values[i] = keep * values[i] + (1 - keep) * fresh[i] }
    old.values = values
    average[name] = old
  }

  private func power(_ base: Double) -> Double {
    var result = 1.0
    var square = base
    var rest = steps
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}
