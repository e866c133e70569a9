import Graphs
import Tensors
import Testing
import Training

/// Every optimizer against recorded runs of PyTorch, and of the formula where PyTorch has none.
/// Those are in double precision: `1 - 0.999` in single is off by 1.3e-5 of itself, which decides
/// the tolerance.
@Suite struct OptimizerVectorTests {
  private static func settings(_ name: String) -> OptimizerSettings? {
    let betas: (Double, Double) =
      name.hasSuffix(".5 .9") ? (0.5, 0.9) : name.hasSuffix("0 .9") ? (0, 0.9) : (0.9, 0.999)
    func make(_ kind: OptimizerSettings.Kind, _ rate: Double, decay: Double = 0.1)
      -> OptimizerSettings
    {
      var made = OptimizerSettings(
        kind: kind, rate: rate, beta1: betas.0, beta2: betas.1, weightDecay: decay)
      made.decayScope = .all
      return made
    }
    var sgd = make(.sgd, 0.02)
    switch name {
    case "sgd": break
    case "sgd no momentum": (sgd.momentum, sgd.weightDecay) = (0, 0)
    case "sgd groups": sgd.groups = [.init(match: "b", rate: 2, weightDecay: 0.3)]
    case "sgd matrices decay": sgd.decayScope = nil
    case "sgd clip norm": sgd.clipNorm = 2
    case "sgd clip value": sgd.clipValue = 0.7
    case "adam": return make(.adam, 0.1)
    case "adam .5 .9", "adam 0 .9": return make(.adam, 0.1, decay: 0)
    case "adamw": return make(.adamW, 0.1, decay: 0.3)
    case "radam torch", "radam torch .5 .9":
      var radam = make(.radam, 0.05)
      radam.variant = .torch
      return radam
    case "radam torch decoupled":
      var radam = make(.radam, 0.05, decay: 0.3)
      (radam.variant, radam.decay) = (.torch, .decoupled)
      return radam
    case "radam reference", "radam reference .5 .9": return make(.radam, 0.05, decay: 0.3)
    default: return nil
    }
    return sgd
  }

  @Test(arguments: OptimizerVectors.steps.keys.sorted())
  func follows(_ name: String) throws {
    let settings = try #require(Self.settings(name))
    let rows = try #require(OptimizerVectors.steps[name])
    #expect(rows.count >= 10)
    var optimizer = Optimizer(settings)
    var parameters = Self.parameters(OptimizerVectors.start)
    for row in rows {
      let values = Self.values(parameters)
      let slopes = values.indices.map {
        OptimizerVectors.curvature[$0] * (Double(values[$0]) - OptimizerVectors.target[$0])
      }
      optimizer.step(&parameters, gradients: Self.parameters(slopes), rate: settings.rate)
      for (value, expected) in zip(Self.values(parameters), row) {
        #expect(abs(Double(value) - expected) < 1e-5, "step \(optimizer.steps)")
      }
    }
  }

  /// AdamW is Adam with its decay set apart, and SGD may have it apart too.
  @Test func decoupledDecayShrinksTheWeights() throws {
    var adam = try #require(Self.settings("adamw"))
    (adam.kind, adam.decay) = (.adam, .decoupled)
    let rows = try #require(OptimizerVectors.steps["adamw"])
    var optimizer = Optimizer(adam)
    var parameters = Self.parameters(OptimizerVectors.start)
    let slopes = zip(
      OptimizerVectors.start, zip(OptimizerVectors.curvature, OptimizerVectors.target)
    )
    .map { $1.0 * ($0 - $1.1) }
    optimizer.step(&parameters, gradients: Self.parameters(slopes), rate: adam.rate)
    for (value, expected) in zip(Self.values(parameters), rows[0]) {
      #expect(abs(Double(value) - expected) < 1e-6)
    }
    var sgd = OptimizerSettings(kind: .sgd, rate: 0.5, weightDecay: 0.5)
    sgd.decay = .decoupled
    var one = Parameters(["w": Tensor([1, 1], [8])])
    var plain = Optimizer(sgd)
    plain.step(&one, gradients: Parameters(["w": Tensor([1, 1], [2])]), rate: 0.5)
    #expect(one["w"]?.scalar == 5)  // 8 * 0.75 - 0.5 * 2
  }

  /// The fixture of Chen et al. 2022's code: slope 1, rate .1.
  @Test func rectifiesFromTheSixthStep() {
    let expected = [0.9, 0.8, 0.7, 0.6, 0.5, 0.497418, 0.494144, 0.490270]
    for variant in [OptimizerSettings.RAdamVariant.reference, .torch] {
      var settings = OptimizerSettings(kind: .radam, rate: 0.1)
      settings.variant = variant
      var optimizer = Optimizer(settings)
      var parameters = Parameters(["w": Tensor([1, 1], [1])])
      for value in expected {
        optimizer.step(
          &parameters, gradients: Parameters(["w": Tensor([1, 1], [1])]), rate: 0.1)
        #expect(abs(Double(parameters["w"]?.scalar ?? 0) - value) < 1e-6)
      }
    }
  }

  private static func parameters(_ values: [Double]) -> Parameters {
    let values = values.map { Float($0) }
    return Parameters([
      "w": Tensor([1, 3], Array(values[..<3])), "b": Tensor([2], Array(values[3...])),
    ])
  }

  private static func values(_ parameters: Parameters) -> [Float] {
    (parameters["w"]?.values ?? []) + (parameters["b"]?.values ?? [])
  }
}
