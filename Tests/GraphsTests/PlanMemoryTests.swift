import Graphs
import Tensors
import Testing

/// Buffers that take over the memory of others, and memory that is not what it seems.
@Suite struct PlanMemoryTests {
  private static func check(
    _ form: PassGraph, _ outputs: Value..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let numbers = GraphNumbers(form.graph, seed: 1)
    let truth = try PlanTests.naiveRun(
      form.graph, outputs, numbers.inputs, numbers.parameters)
    for kernels in KernelSet.all {
      var options = PlanOptions()
      options.kernels = kernels
      let ours = try Plan(form.graph, outputs: outputs, options: options).run(
        inputs: numbers.inputs, parameters: numbers.parameters, workspace: Workspace(threads: 2))
      for (a, b) in zip(ours, truth) {
        expectClose(a, b.values.map { Double($0) }, 1e-5, sourceLocation: sourceLocation)
      }
    }
  }

  /// The residual is what is convolved: other pixels still read it when one is written.
  @Test(arguments: [1, 3]) func residualIsTheInput(kernel: Int) throws {
    var form = PassGraph()
    let x = try form.conv(form.input([2, 3, 9, 9]), 40)
    let y = try form.relu(form.sum(form.conv(x, 40, kernel: kernel), x))
    try Self.check(form, y)
  }

  /// An output that took over the memory of another value, and is read once more.
  @Test func outputInPlaceIsNotOverwritten() throws {
    var form = PassGraph()
    let x = try form.add(MaxPool2d(), form.conv(form.input([2, 3, 8, 8]), 16))
    let wanted = try form.add(Scale(2), x)
    let next = try form.add(LeakyRelu(0.5), wanted)
    try Self.check(form, wanted, next)
  }

  /// A batch of none has a gradient of zeros.
  @Test(arguments: [4, 16]) func emptyBatch(channels: Int) throws {
    var form = PassGraph()
    let x = form.input([0, channels, 8, 8])
    let w = form.parameter([16, channels, 3, 3])
    let y = try form.add(Conv2d(padding: 1), x, w)
    let loss = try form.add(Sum(axes: [0, 1, 2, 3]), y)
    let gradient = try form.graph.gradient(of: loss, withRespectTo: [w])[0]
    try Self.check(form, gradient)
  }

  /// Slices that lie in a concatenation are no views of what they are cut from: an input, a value
  /// that shares storage, rows or columns.
  @Test func slicesThatAreParts() throws {
    var form = PassGraph()
    let x = form.input([2, 5, 6, 7])
    let y = try form.conv(x, 16)
    let shared = try form.add(Reshape([2, 16, 6, 7]), form.add(Sigmoid(), y))
    let parts = [
      try form.add(Slice(axis: 1, start: 1, count: 3), x),
      try form.add(Slice(axis: 1, start: 4, count: 8), shared),
      try form.add(Slice(axis: 1, start: 4, count: 9), y),
    ]
    let crops = try [x, y, shared].map { try form.add(Slice(axis: 2, start: 2, count: 3), $0) }
    let joined = try form.graph.add(Concat(axis: 1), parts)
    let cropped = try form.graph.add(Concat(axis: 1), crops)
    try Self.check(form, joined, cropped)
  }

  /// Sums of many small pictures need a row of scratch memory for each; a depthwise convolution
  /// needs none.
  @Test func scratchOfSums() throws {
    var form = PassGraph()
    let y = try form.conv(form.input([64, 16, 2, 2]), 16, groups: 16)
    let sums = try form.add(Sum(axes: [2, 3]), y)
    #expect(try Plan(form.graph, outputs: [sums]).scratchBytes(threads: 1) == 4 * 64 * 16)
  }
}
