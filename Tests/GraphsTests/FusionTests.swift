import Graphs
import Tensors
import Testing

/// What the passes fuse and what they must leave alone; every rewritten graph is also run.
@Suite struct FusionTests {
  private let plain = "stride=1 padding=1 dilation=1"
  private let point = "stride=1 padding=0 dilation=1"

  @Test func knownNormalizationGoesIntoTheConvolution() throws {
    for (bias, groups) in [(false, 1), (true, 1), (false, 2), (true, 4)] {
      var form = PassGraph()
      let x = form.input([2, 4, 5, 5])
      let y = try form.relu(form.norm(form.conv(x, 4, bias: bias, groups: groups)))
      let text = plain + (groups == 1 ? "" : " groups=\(groups)")
      #expect(try form.optimized(y) == ["fused_conv2d \(text) with=bias activation=relu"])
    }
  }

  @Test func convolutionThatIsReadTwiceStays() throws {
    var form = PassGraph()
    let y = try form.conv(form.input([1, 2, 4, 4]), 3)
    let z = try form.sum(form.relu(form.norm(y)), y)
    #expect(
      try form.optimized(z) == ["conv2d \(plain)", "channel_affine activation=relu", "add"])
  }

  @Test func convolutionThatIsWantedStays() throws {
    var form = PassGraph()
    let y = try form.conv(form.input([1, 2, 4, 4]), 3)
    let z = try form.relu(form.norm(y))
    #expect(
      try form.optimized(y, z) == ["conv2d \(plain)", "channel_affine activation=relu"])
    let w = try form.norm(form.conv(z, 2))
    let v = try form.relu(w)
    #expect(
      try form.optimized(w, v) == [
        "fused_conv2d \(plain) with=bias activation=relu",
        "fused_conv2d \(plain) with=bias activation=none", "relu",
      ])
  }

  @Test func normalizationWithoutAConvolutionIsAnAffine() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let y = try form.add(LeakyRelu(0.1), form.norm(form.add(MaxPool2d(), x)))
    let pooled = "max_pool2d \(MaxPool2d().attributes)"
    #expect(try form.optimized(y) == [pooled, "channel_affine activation=leaky_relu(0.1)"])
    let z = try form.norm(form.add(Sum(axes: [2, 3]), x))
    #expect(try form.optimized(z) == ["sum axes=2,3", "channel_affine activation=none"])
  }

  @Test func preActivationGoesIntoAPointConvolution() throws {
    var form = PassGraph()
    let x = form.input([2, 3, 4, 4])
    let y = try form.conv(form.relu(form.norm(x)), 4, kernel: 1)
    #expect(try form.optimized(y) == ["fused_conv2d \(point) with=affine activation=none"])
    let z = try form.sum(form.norm(y), form.conv(x, 4))
    #expect(
      try form.optimized(form.relu(z)) == [
        "fused_conv2d \(point) with=affine,bias activation=none",
        "fused_conv2d \(plain) with=residual activation=relu",
      ])
  }

  @Test func preActivationStaysWhereItWouldBeComputedAgain() throws {
    var form = PassGraph()
    let x = form.input([2, 4, 4, 4])
    let a = try form.relu(form.norm(x))
    let affine = "channel_affine activation=relu"
    let wide = try form.conv(a, 4)
    #expect(try form.optimized(wide) == [affine, "conv2d \(plain)"])
    let grouped = try form.conv(a, 4, kernel: 1, groups: 2)
    #expect(try form.optimized(grouped) == [affine, "conv2d \(point) groups=2"])
    let one = try form.conv(a, 4, kernel: 1)
    #expect(try form.optimized(one, a) == [affine, "conv2d \(point)"])
    let two = try form.sum(form.add(Square(), form.conv(a, 4, kernel: 1)), a)
    #expect(try form.optimized(two) == [affine, "conv2d \(point)", "square", "add"])
    let padded = try form.add(Conv2d(padding: 1), a, form.parameter([2, 4, 1, 1]))
    #expect(try form.optimized(padded) == [affine, "conv2d \(plain)"])
    let linear = try form.conv(form.norm(x), 2, kernel: 1)
    #expect(
      try form.optimized(linear) == ["channel_affine activation=none", "conv2d \(point)"])
  }

  @Test func biasIsAddedByTheConvolution() throws {
    for shape: Shape in [[3, 1, 1], [1, 3, 1, 1]] {
      for (bias, swapped) in [(false, false), (true, true)] {
        var form = PassGraph()
        let y = try form.conv(form.input([2, 2, 4, 4]), 3, bias: bias)
        let b = form.parameter(shape)
        let z = try swapped ? form.sum(b, y) : form.sum(y, b)
        #expect(
          try form.optimized(form.relu(z)) == ["fused_conv2d \(plain) with=bias activation=relu"])
        let normed = try form.relu(form.norm(z))
        #expect(
          try form.optimized(normed) == ["fused_conv2d \(plain) with=bias activation=relu"])
      }
    }
  }

  @Test func otherBroadcastsAreNoBias() throws {
    // Square planes of as many cells as channels, so that only the axes tell.
    for shape: Shape in [[3], [1, 1, 3], [3, 1], [2, 1, 1, 1], [], [1, 3, 3]] {
      var form = PassGraph()
      let y = try form.conv(form.input([2, 2, 3, 3]), 3)
      let z = try form.sum(y, form.parameter(shape))
      #expect(try form.optimized(z) == ["conv2d \(plain)", "add"])
    }
    var form = PassGraph()
    let y = try form.conv(form.input([2, 2, 3, 3]), 3)
    let z = try form.sum(y, form.input([3, 1, 1]))
    #expect(try form.optimized(z) == ["conv2d \(plain)", "add"])
    // A sum larger than the convolution.
    let small = try form.conv(form.input([1, 2, 3, 3]), 3)
    let large = try form.sum(small, form.parameter([2, 3, 1, 1]))
    #expect(try form.optimized(large) == ["conv2d \(plain)", "add"])
  }

  @Test func convolutionWithAComputedWeightStays() throws {
    var form = PassGraph()
    let y = try form.add(Conv2d(padding: 1), form.input([2, 2, 4, 4]), form.input([3, 2, 3, 3]))
    #expect(try form.optimized(form.relu(y)) == ["conv2d \(plain)", "relu"])
    let normed = try form.relu(form.norm(y))
    #expect(
      try form.optimized(normed) == ["conv2d \(plain)", "channel_affine activation=relu"])
  }
}
