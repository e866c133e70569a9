import Tensors
import Testing

/// The channels-last kernels against the plain convolution, for every algorithm and every
/// instruction set of this processor.
@Suite struct PlannedConvolutionTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let x: Shape
    let w: Shape
    var window = Window()
    var groups = 1
    /// What the forward pass must choose.
    let algorithm: PlannedConvolution.Algorithm
    /// What it must choose where that may be fast, if something else.
    var fast: PlannedConvolution.Algorithm?

    var testDescription: String { "\(x) \(w) \(window) groups=\(groups)" }
    var form: Convolution? { Convolution(input: x, weight: w, window: window, groups: groups) }
  }

  static let cases = [
    Case(x: [2, 16, 9, 11], w: [24, 16, 3, 3], window: Window(padding: 1), algorithm: .winograd),
    Case(x: [1, 40, 8, 8], w: [70, 40, 3, 3], window: Window(padding: 1), algorithm: .winograd),
    Case(x: [1, 19, 7, 13], w: [17, 19, 3, 3], algorithm: .winograd),
    Case(
      x: [2, 16, 10, 9], w: [16, 16, 3, 3], window: Window(padding: 2, dilation: 2),
      algorithm: .winograd),
    Case(
      x: [1, 16, 13, 13], w: [32, 16, 3, 3], window: Window(padding: 4, dilation: 4),
      algorithm: .winograd),
    Case(
      x: [1, 16, 15, 15], w: [16, 16, 3, 3], window: Window(padding: 1, dilation: 3),
      algorithm: .winograd),
    Case(
      x: [1, 16, 9, 9], w: [16, 16, 3, 3], window: Window(padding: 1, dilation: 3),
      algorithm: .gathered),
    // As a file may have it: as many tiles as the square of the dilation would never end.
    Case(
      x: [1, 16, 9, 9], w: [16, 16, 3, 3], window: Window(padding: 65536, dilation: 65536),
      algorithm: .gathered),
    // Few tiles and a large weight: workers share out the output channels.
    Case(x: [1, 72, 9, 8], w: [150, 72, 3, 3], window: Window(padding: 1), algorithm: .winograd),
    Case(x: [2, 33, 6, 5], w: [50, 33, 1, 1], algorithm: .pointwise),
    Case(x: [1, 512, 5, 5], w: [40, 512, 1, 1], algorithm: .pointwise),
    Case(
      x: [1, 3, 15, 16], w: [20, 3, 7, 7], window: Window(stride: 2, padding: 3),
      algorithm: .gathered),
    Case(
      x: [2, 20, 9, 8], w: [24, 20, 3, 3], window: Window(stride: 2, padding: 1),
      algorithm: .gathered),
    Case(x: [1, 20, 9, 8], w: [24, 20, 1, 1], window: Window(stride: 2), algorithm: .gathered),
    Case(x: [1, 24, 6, 6], w: [24, 24, 2, 2], window: Window(stride: 2), algorithm: .gathered),
    Case(x: [1, 8, 9, 9], w: [12, 8, 5, 5], window: Window(padding: 2), algorithm: .gathered),
    Case(
      x: [1, 64, 7, 6], w: [64, 4, 3, 3], window: Window(padding: 1), groups: 16,
      algorithm: .grouped),
    Case(
      x: [2, 48, 7, 19], w: [48, 4, 3, 3], window: Window(stride: 2, padding: 1), groups: 12,
      algorithm: .grouped),
    Case(
      x: [1, 32, 5, 9], w: [32, 8, 3, 3], window: Window(padding: 2, dilation: 2), groups: 4,
      algorithm: .grouped),
    Case(x: [2, 19, 8, 7], w: [2, 19, 3, 3], window: Window(padding: 1), algorithm: .narrow),
    Case(x: [1, 16, 8, 7], w: [1, 16, 3, 3], window: Window(stride: 2), algorithm: .narrow),
    Case(x: [1, 1, 9, 8], w: [16, 1, 3, 3], window: Window(padding: 1), algorithm: .gathered),
    Case(
      x: [2, 64, 7, 6], w: [64, 32, 3, 3], window: Window(stride: 2, padding: 1), groups: 2,
      algorithm: .gathered),
    Case(
      x: [1, 12, 7, 6], w: [24, 2, 3, 3], window: Window(padding: 1), groups: 6,
      algorithm: .gathered),
    Case(
      x: [2, 21, 7, 6], w: [21, 1, 3, 3], window: Window(padding: 1), groups: 21,
      algorithm: .depthwise),
    Case(
      x: [1, 32, 9, 9], w: [32, 1, 3, 3], window: Window(stride: 2, padding: 1), groups: 32,
      algorithm: .depthwise),
    Case(
      x: [1, 18, 15, 15], w: [18, 1, 3, 3], window: Window(padding: 6, dilation: 6), groups: 18,
      algorithm: .depthwise),
    Case(
      x: [2, 16, 24, 24], w: [16, 16, 3, 3], window: Window(padding: 1), algorithm: .winograd,
      fast: .winograd6),
    Case(x: [2, 19, 26, 31], w: [21, 19, 3, 3], algorithm: .winograd, fast: .winograd6),
    Case(
      x: [1, 40, 29, 36], w: [70, 40, 3, 3], window: Window(padding: 1), algorithm: .winograd,
      fast: .winograd6),
    Case(
      x: [1, 16, 58, 59], w: [24, 16, 3, 3], window: Window(padding: 2, dilation: 2),
      algorithm: .winograd, fast: .winograd6),
    Case(
      x: [1, 12, 96, 90], w: [16, 12, 3, 3], window: Window(padding: 1, dilation: 3),
      algorithm: .winograd, fast: .winograd6),
    // Too small, and of a size that fills larger tiles no better.
    Case(
      x: [4, 16, 23, 24], w: [16, 16, 3, 3], window: Window(padding: 1), algorithm: .winograd),
    Case(
      x: [4, 16, 32, 32], w: [16, 16, 3, 3], window: Window(padding: 1), algorithm: .winograd),
  ]

  @Test(arguments: cases) func passesEqualThePlainConvolution(_ test: Case) throws {
    let form = try #require(test.form)
    let x = Self.numbers(test.x, 1)
    let w = Self.numbers(test.w, 2)
    let bias = Self.numbers([test.w[0]], 3)
    let dy = Self.numbers(form.output, 4)
    let plain = Workspace(threads: 1)
    let y = form.forward(x, w, bias: bias, plain)
    let dx = form.inputGradient(dy, w, plain)
    let dw = form.weightGradient(x, dy, plain)
    for kernels in KernelSet.all {
      let chosen = PlannedConvolution(form, kernels: kernels).algorithm
      let isNarrow = test.algorithm == .grouped && test.w[1] == 8 && kernels.name == "generic"
      #expect(chosen == (isNarrow ? .gathered : test.algorithm))
      for choice in ConvolutionChoice.allCases {
        let forward = PlannedConvolution(form, choice: choice, kernels: kernels)
        if choice == .fast { #expect(forward.algorithm == test.fast ?? chosen) }
        let backward = PlannedConvolution(form, gradient: true, choice: choice, kernels: kernels)
        let weights = PlannedWeightGradient(form, choice: choice, kernels: kernels)
        var first: [Tensor] = []
        for threads in [1, 2, 3] {
          let space = Workspace(threads: threads)
          let ours = [
            Self.run(forward, x, w, bias, form.output, space),
            Self.run(backward, dy, w, nil, form.input, space),
            Self.gradient(weights, x, dy, test.w, space),
          ]
          for (tensor, truth) in zip(ours, [y, dx, dw]) { Self.expectClose(tensor, truth, choice) }
          if first.isEmpty { first = ours }
          #expect(Self.bits(first) == Self.bits(ours), "bits differ with \(threads) threads")
        }
      }
    }
  }

  /// What is fused, and views of wider pictures.
  @Test(arguments: cases, [ConvolutionChoice.standard, .fast])
  func fusedEqualsUnfused(_ test: Case, _ choice: ConvolutionChoice) throws {
    let form = try #require(test.form)
    let (x, w) = (Self.numbers(test.x, 1), Self.numbers(test.w, 2))
    let (bias, residual) = (Self.numbers([test.w[0]], 3), Self.numbers(form.output, 4))
    let plain = Workspace(threads: 1)
    let sum = Elementwise.apply(
      .add, form.forward(x, w, bias: bias, plain), residual, plain)
    let truth = Elementwise.apply(.rectify(slope: 0.1), sum, plain)
    for kernels in KernelSet.all {
      let planned = PlannedConvolution(form, choice: choice, kernels: kernels)
      let wide = form.output[1] + 5
      let space = Workspace(threads: 2)
      let picture = Self.channelsLast(x, pitch: test.x[1] + 3, space)
      let other = Self.channelsLast(residual, pitch: form.output[1], space)
      let packed = FloatMemory(count: planned.packedCount)
      withCells(w) { planned.pack($0, into: packed.cells) }
      let target = FloatMemory(count: form.output.count / form.output[1] * wide)
      target.cells.fill(7, target.count)
      withCells(bias) { bias in
        var operands = ConvolutionOperands(
          x: PixelView(picture.cells, test.x, pitch: test.x[1] + 3), packed: packed.cells,
          bias: bias, y: PixelView(target.cells + 2, form.output, pitch: wide))
        operands.finish = Finish(
          .leakyRelu(0.1), residual: PixelView(other.cells, form.output))
        planned.run(operands, space)
      }
      let ours = space.tensor(form.output) {
        Layout.toPlanes(
          PixelView(target.cells + 2, form.output, pitch: wide), $0, threads: 1)
      }
      Self.expectClose(ours, truth, choice)
      for pixel in 0..<form.output.count / form.output[1] {
        for channel in [0, 1, wide - 3, wide - 2, wide - 1]
        where channel < 2 || channel >= form.output[1] + 2 {
          #expect(target.cells[pixel * wide + channel] == 7, "wrote beside its channels")
        }
      }
    }
  }

  // MARK: tools

  static func numbers(_ shape: Shape, _ seed: Int) -> Tensor {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15
    let values = (0..<shape.count).map { _ -> Float in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 33)) / Float(Int32.max) * 2 - 1
    }
    return Tensor(shape, values)
  }

  static func channelsLast(_ x: Tensor, pitch: Int, _ space: Workspace) -> FloatMemory {
    let memory = FloatMemory(count: x.shape.count / x.shape[1] * pitch)
    withCells(x) {
      Layout.toChannelsLast(
        $0, PixelView(memory.cells, x.shape, pitch: pitch), threads: space.threads)
    }
    return memory
  }

  static func run(
    _ planned: PlannedConvolution, _ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ shape: Shape,
    _ space: Workspace
  ) -> Tensor {
    let picture = channelsLast(x, pitch: x.shape[1], space)
    let packed = FloatMemory(count: planned.packedCount)
    let target = FloatMemory(count: shape.count)
    withCells(w) { planned.pack($0, into: packed.cells) }
    withCells(bias ?? Tensor(zeros: [shape[1]])) { bias in
      planned.run(
        ConvolutionOperands(
          x: PixelView(picture.cells, x.shape), packed: packed.cells, bias: bias,
          y: PixelView(target.cells, shape)), space)
    }
    return space.tensor(shape) {
      Layout.toPlanes(PixelView(target.cells, shape), $0, threads: 1)
    }
  }

  static func gradient(
    _ planned: PlannedWeightGradient, _ x: Tensor, _ dy: Tensor, _ shape: Shape,
    _ space: Workspace
  ) -> Tensor {
    let picture = channelsLast(x, pitch: x.shape[1], space)
    let upstream = channelsLast(dy, pitch: dy.shape[1], space)
    return space.tensor(shape) {
      planned.run(
        x: PixelView(picture.cells, x.shape), dy: PixelView(upstream.cells, dy.shape), into: $0,
        space)
    }
  }

  static func bits(_ tensors: [Tensor]) -> [[UInt32]] {
    tensors.map { $0.values.map(\.bitPattern) }
  }

  static func expectClose(
    _ ours: Tensor, _ truth: Tensor, _ choice: ConvolutionChoice,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(ours.shape == truth.shape, sourceLocation: sourceLocation)
    let scale = max(1, truth.values.map(abs).max() ?? 1)
    let worst = zip(ours.values, truth.values).map { abs($0 - $1) }.reduce(0) {
      $1.isNaN ? .infinity : max($0, $1)
    }
    #expect(worst <= (choice == .fast ? 3e-5 : 1e-5) * scale, sourceLocation: sourceLocation)
  }
}
