import Graphs
import Tensors
import Testing
import Training

@Suite struct OptimizerTests {
  private func weights(_ value: Float) -> Parameters {
    Parameters(["w": Tensor([1, 1], [value])])
  }

  @Test func adamByHand() {
    var parameters = weights(1)
    var adam = Optimizer(OptimizerSettings(kind: .adam, rate: 0.1))
    adam.step(&parameters, gradients: weights(0.5), rate: 0.1)
    #expect(abs((parameters["w"]?.scalar ?? 0) - 0.9) < 1e-6)
    adam.step(&parameters, gradients: weights(-0.25), rate: 0.1)
    #expect(abs((parameters["w"]?.scalar ?? 0) - 0.873366) < 1e-5)
  }

  @Test func momentumWithCoupledDecayByHand() {
    var parameters = weights(1)
    var sgd = Optimizer(
      OptimizerSettings(kind: .sgd, rate: 0.1, momentum: 0.9, weightDecay: 0.1))
    sgd.step(&parameters, gradients: weights(0.5), rate: 0.1)
    #expect(abs((parameters["w"]?.scalar ?? 0) - 0.94) < 1e-6)
    sgd.step(&parameters, gradients: weights(0.5), rate: 0.1)
    #expect(abs((parameters["w"]?.scalar ?? 0) - 0.8266) < 1e-6)
  }

  @Test func biasesDoNotDecay() {
    var parameters = Parameters(["b": Tensor([1], [1])])
    var sgd = Optimizer(OptimizerSettings(kind: .sgd, rate: 0.1, weightDecay: 0.5))
    sgd.step(&parameters, gradients: Parameters(["b": Tensor([1], [0])]), rate: 0.1)
    #expect(parameters["b"]?.scalar == 1)
  }

  @Test func schedulesByHand() {
    let poly = RateSchedule(kind: .poly, power: 0.9)
    #expect(close(poly.factor(at: 5, of: 10), 0.535887))
    #expect(close(RateSchedule(kind: .cosine).factor(at: 5, of: 10), 0.5))
    let step = RateSchedule(kind: .step, every: 3, factor: 0.1)
    #expect(close(step.factor(at: 7, of: 10), 0.01))
    let warm = RateSchedule(kind: .constant, warmup: 3)
    #expect((0..<4).map { warm.factor(at: $0, of: 10) } == [0.25, 0.5, 0.75, 1])
    #expect(RateSchedule(kind: .poly, floor: 0.2).factor(at: 10, of: 10) == 0.2)
  }

  @Test func averageFollowsTheWeights() {
    var average = WeightAverage(decay: 0.5, start: weights(0))
    average.update(weights(1))  // memory (1 + 0) / (10 + 0) = 0.1
    #expect(abs((average.average["w"]?.scalar ?? 0) - 0.9) < 1e-6)
  }
}
