import Foundation
import Graphs
import Tensors
import Testing

/// The laws of every operator, run for every case.
@Suite struct OperatorTests {
  @Test func everyOperatorHasACase() {
    let covered = Set(OperatorCase.all.map { $0.op.name })
    for op in Operators.all { #expect(covered.contains(op.name), "\(op.name) has no case") }
    #expect(Set(Operators.all.map { $0.name }).count == Operators.all.count)
  }

  /// The list is complete: one file, one operator.
  @Test func everyFileIsListed() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/Graphs/Operators").path
    let files = try FileManager.default.contentsOfDirectory(atPath: folder)
    #expect(
      files.sorted() == Operators.all.map { "\($0).swift" }.sorted())
  }

  /// By the plain path, and by the kernels of every instruction set of this processor.
  static var allOptions: [PlanOptions] {
    [PlanOptions(portable: true), PlanOptions(convolutions: .exact)]
      + KernelSet.all.map { set in
        var options = PlanOptions()
        options.kernels = set
        return options
      }
  }

  @Test(arguments: OperatorCase.all) func forwardEqualsReference(_ test: OperatorCase) throws {
    let form = try CaseGraph(test)
    let reference = test.reference(test.inputs)
    for options in Self.allOptions {
      let ours = try form.run([form.output], test, options: options)[0]
      #expect(ours.shape == reference.shape)
      expectClose(ours, reference.values, 4e-6)
    }
  }

  @Test(arguments: OperatorCase.all) func gradientEqualsDifferences(_ test: OperatorCase) throws {
    var form = try CaseGraph(test)
    let targets = test.targets ?? Array(test.shapes.indices)
    let values = targets.map { form.inputs[$0] }
    if case .refused = test.rule {
      #expect(throws: GraphError.self) {
        _ = try form.graph.gradient(of: form.scalar, withRespectTo: values)
      }
      return
    }
    let gradients = try form.graph.gradient(of: form.scalar, withRespectTo: values)
    let truths = targets.map { target in
      if case .differences = test.rule { return firstDifferences(test, form.weights, target) }
      return [Double](repeating: 0, count: test.shapes[target].count)
    }
    for options in Self.allOptions {
      let ours = try form.run(gradients, test, options: options)
      for (tensor, truth) in zip(ours, truths) { expectClose(tensor, truth, 1e-4) }
    }
  }

  /// The derivative along a direction is a scalar; its gradient is the Hessian times it.
  @Test(arguments: OperatorCase.all) func secondGradientEqualsDifferences(
    _ test: OperatorCase
  ) throws {
    guard case .differences(second: true) = test.rule else { return }
    var form = try CaseGraph(test)
    let targets = test.targets ?? Array(test.shapes.indices)
    let values = targets.map { form.inputs[$0] }
    let gradients = try form.graph.gradient(of: form.scalar, withRespectTo: values)
    var numbers = TestNumbers(seed: 5)
    var directions = test.shapes.map { [Double](repeating: 0, count: $0.count) }
    var slope = form.graph.constant(0)
    for (target, gradient) in zip(targets, gradients) {
      let shape = test.shapes[target]
      directions[target] = numbers.list(shape.count)
      let direction = Tensor(shape, directions[target].map { Float($0) })
      let part = try form.graph.add(Multiply(), gradient, form.graph.constant(direction))
      let sum = try form.graph.add(Sum(axes: Array(shape.dims.indices)), part)
      slope = try form.graph.add(Add(), slope, sum)
    }
    let second = try form.graph.gradient(of: slope, withRespectTo: values)
    let ours = try form.run(second, test)
    for (index, target) in targets.enumerated() {
      expectClose(ours[index], mixedDifferences(test, form.weights, directions, target), 1e-3)
    }
  }

  @Test(arguments: OperatorCase.all) func bitsDoNotDependOnThreads(_ test: OperatorCase) throws {
    var form = try CaseGraph(test)
    var wanted = [form.output]
    if case .differences = test.rule {
      let targets = (test.targets ?? Array(test.shapes.indices)).map { form.inputs[$0] }
      wanted += try form.graph.gradient(of: form.scalar, withRespectTo: targets)
    }
    let one = try form.run(wanted, test, threads: 1)
    let two = try form.run(wanted, test, threads: 2)
    #expect(one.map { $0.values.map(\.bitPattern) } == two.map { $0.values.map(\.bitPattern) })
  }

  private func firstDifferences(
    _ test: OperatorCase, _ weights: [Double], _ target: Int
  ) -> [Double] {
    let step = 1e-5
    return test.shapes[target].indexList.map { index in
      func value(_ shift: Double) -> Double {
        var inputs = test.inputs
        inputs[target].values[index] += shift
        return weighted(test.reference(inputs), weights)
      }
      return (value(step) - value(-step)) / (2 * step)
    }
  }

  private func mixedDifferences(
    _ test: OperatorCase, _ weights: [Double], _ directions: [[Double]], _ target: Int
  ) -> [Double] {
    let step = 1e-4
    return test.shapes[target].indexList.map { index in
      func value(_ along: Double, _ shift: Double) -> Double {
        var inputs = test.inputs
        for (which, direction) in directions.enumerated() {
          for (i, part) in direction.enumerated() { inputs[which].values[i] += along * part }
        }
        inputs[target].values[index] += shift
        return weighted(test.reference(inputs), weights)
      }
      let across = value(step, step) - value(step, -step) - value(-step, step)
      return (across + value(-step, -step)) / (4 * step * step)
    }
  }

  private func weighted(_ output: Reference, _ weights: [Double]) -> Double {
    zip(output.values, weights).reduce(0) { $0 + $1.0 * $1.1 }
  }
}

extension Shape {
  var indexList: Range<Int> { 0..<count }
}

/// Expects every element within `tolerance` of the truth, relative to the largest of it.
func expectClose(
  _ ours: Tensor, _ truth: [Double], _ tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(ours.values.count == truth.count, sourceLocation: sourceLocation)
  let scale = max(1, truth.map(abs).max() ?? 1)
  var worst = 0.0
  for (a, b) in zip(ours.values, truth) {
    let difference = abs(Double(a) - b)
    worst = max(worst, difference.isNaN ? .infinity : difference)
  }
  #expect(worst <= tolerance * scale, sourceLocation: sourceLocation)
}
