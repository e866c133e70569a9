import Graphs
import Tensors
import Testing

/// Sums of two values of one shape, with and without a rectifier behind.
@Suite struct ResidualFusionTests {
  private let plain = "stride=1 padding=1 dilation=1"

  @Test(arguments: [false, true]) func residualInEitherOrder(_ swapped: Bool) throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let y = try form.norm(form.conv(x, 3))
    let z = try swapped ? form.sum(x, y) : form.sum(y, x)
    let fused = "fused_conv2d \(plain) with=bias,residual activation="
    #expect(try form.optimized(form.relu(z)) == [fused + "relu"])
    #expect(
      try form.optimized(form.add(LeakyRelu(0.2), z)) == [fused + "leaky_relu(0.2)"])
    #expect(try form.optimized(z) == [fused + "none"])
    // The sum is wanted besides: the rectifier is a node of its own.
    #expect(try form.optimized(z, form.relu(z)) == [fused + "none", "relu"])
  }

  /// The residual is computed after the convolution, so that the fused node must move back.
  @Test func residualMayComeLater() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let y = try form.conv(x, 3)
    let late = try form.add(Sigmoid(), x)
    let z = try form.relu(form.sum(y, late))
    #expect(
      try form.optimized(z) == ["sigmoid", "fused_conv2d \(plain) with=residual activation=relu"])
  }

  @Test func laterOfTwoConvolutionsTakesTheSum() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let first = try form.norm(form.conv(x, 4))
    let second = try form.norm(form.conv(x, 4, kernel: 1))
    let point = "stride=1 padding=0 dilation=1"
    for z in [try form.sum(first, second), try form.sum(second, first)] {
      #expect(
        try form.optimized(form.relu(z)) == [
          "fused_conv2d \(plain) with=bias activation=none",
          "fused_conv2d \(point) with=bias,residual activation=relu",
        ])
    }
    // The later one is wanted, so that the earlier one takes the sum.
    let z = try form.sum(first, second)
    #expect(
      try form.optimized(second, z) == [
        "fused_conv2d \(point) with=bias activation=none",
        "fused_conv2d \(plain) with=bias,residual activation=none",
      ])
  }

  @Test func noResidualWhereTheConvolutionIsReadTwice() throws {
    var form = PassGraph()
    let y = try form.conv(form.input([2, 3, 4, 4]), 3)
    #expect(try form.optimized(form.sum(y, y)) == ["conv2d \(plain)", "add"])
    let z = try form.sum(y, form.add(Sigmoid(), y))
    #expect(try form.optimized(z) == ["conv2d \(plain)", "sigmoid", "add"])
    let x = form.input([2, 3, 4, 4])
    #expect(try form.optimized(y, form.sum(y, x)) == ["conv2d \(plain)", "add"])
  }

  @Test func residualMustHaveTheShape() throws {
    for shape: Shape in [[2, 3, 1, 1], [1, 3, 4, 4], [4, 4], [2, 1, 4, 4]] {
      var form = PassGraph()
      let y = try form.conv(form.input([2, 2, 4, 4]), 3)
      let z = try form.sum(y, form.input(shape))
      #expect(try form.optimized(form.relu(z)) == ["conv2d \(plain)", "add", "relu"])
    }
  }

  @Test func residualAfterARectifierStays() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let z = try form.sum(form.relu(form.conv(x, 3)), x)
    #expect(try form.optimized(z) == ["fused_conv2d \(plain) activation=relu", "add"])
    let twice = try form.sum(form.sum(form.conv(x, 3), x), form.add(Square(), x))
    #expect(
      try form.optimized(twice) == [
        "fused_conv2d \(plain) with=residual activation=none", "square", "add",
      ])
  }

  @Test func normalizationByTheBatch() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let y = try form.norm(form.conv(x, 3), training: true)
    let z = try form.relu(form.sum(y, x))
    let start = ["conv2d \(plain)", "batch_statistics"]
    let fused = "fused_batch_normalize epsilon=1e-05 "
    #expect(try form.optimized(z) == start + [fused + "with=residual activation=relu"])
    #expect(try form.optimized(form.relu(y)) == start + [fused + "activation=relu"])
    #expect(
      try form.optimized(y, form.relu(y))
        == start + ["batch_normalize epsilon=1e-05", "relu"])
    #expect(try form.optimized(y) == start + ["batch_normalize epsilon=1e-05"])
  }

  /// The gradients read x, the statistics and the rectified value, but not what lies between.
  @Test func gradientsLeaveTheRectifiedInputFree() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let a = try form.relu(form.norm(form.conv(x, 3), training: true))
    let b = try form.norm(form.conv(a, 3), training: true)
    let c = try form.relu(form.sum(b, a))
    let d = try form.add(LeakyRelu(0.2), form.conv(c, 2, bias: true))
    let wanted = try form.gradients(of: d, form.graph.parameters.map(\.value))
    let rewritten = try PassGraph.check(form.graph, wanted)
    let fused = rewritten.steps.filter { $0.hasPrefix("fused_") }
    #expect(
      fused == [
        "fused_batch_normalize epsilon=1e-05 activation=relu",
        "fused_batch_normalize epsilon=1e-05 with=residual activation=relu",
        "fused_conv2d \(plain) with=bias activation=leaky_relu(0.2)",
      ])
    #expect(rewritten.steps.contains("rectifier_gradient slope=0.2"))
    // A negative slope changes the sign, so that its gradient needs the input.
    let e = try form.add(LeakyRelu(-0.2), form.conv(c, 2, bias: true))
    let slopes = try form.gradients(of: e, [x])
    let steep = try PassGraph.check(form.graph, slopes)
    #expect(steep.steps.contains("leaky_relu slope=-0.2"))
  }

  @Test(arguments: [false, true]) func squeezeAndExcitation(_ swapped: Bool) throws {
    var form = PassGraph()
    let x = form.input([2, 4, 4, 4])
    let y = try form.norm(form.conv(x, 4))
    let s = try form.add(
      Sigmoid(), form.conv(form.add(Reshape([2, 4, 1, 1]), form.graph.globalMean(y)), 4, kernel: 1))
    let scaled = try swapped ? form.add(Multiply(), s, y) : form.add(Multiply(), y, s)
    let z = try form.relu(swapped ? form.sum(x, scaled) : form.sum(scaled, x))
    let last = try #require(try form.optimized(z).last)
    #expect(last == "fused_scale_add with=residual activation=relu")
    // Also where the shortcut is a convolution that comes later.
    let short = try form.conv(x, 4, kernel: 1)
    let steps = try form.optimized(form.relu(form.sum(scaled, short)))
    #expect(steps.suffix(2) == ["conv2d stride=1 padding=0 dilation=1", last])
    #expect(try form.optimized(scaled).last == "fused_scale_add activation=none")
  }

  @Test func otherProductsAreNotScales() throws {
    for shape: Shape in [
      [4, 1, 1], [1, 4, 1, 1], [2, 1, 4, 4], [2, 1, 1, 1], [], [2, 4, 4, 4],
    ] {
      var form = PassGraph()
      let z = try form.add(Multiply(), form.input([2, 4, 4, 4]), form.input(shape))
      #expect(try form.optimized(form.relu(z)) == ["multiply", "relu"])
    }
    var form = PassGraph()
    let large = try form.add(Multiply(), form.input([2, 1, 4, 4]), form.input([2, 4, 1, 1]))
    #expect(try form.optimized(large) == ["multiply"])
    // The weight of a depthwise convolution times a scale is computed once, not in each run.
    let y = try form.norm(form.conv(form.input([1, 4, 4, 4]), 4, groups: 4))
    let folded = try PassGraph.check(form.graph, [y])
    #expect(!folded.description.contains("fused_scale_add"))
  }
}
