import Tensors
import Testing

/// Kernels at sizes where work is cut into tiles, groups and pieces.
@Suite struct KernelTests {
  private static func numbers(_ shape: Shape, seed: UInt64) -> Tensor {
    var state = seed
    return Tensor(
      shape,
      (0..<shape.count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Double(state >> 11) * 0x1p-52 - 1)
      })
  }

  /// The sum over all products of a convolution, cell by cell, in double precision.
  private static func cell(
    _ x: Tensor, _ w: Tensor, _ window: Window, _ at: (n: Int, o: Int, y: Int, x: Int)
  ) -> Double {
    var sum = 0.0
    for c in 0..<x.shape[1] {
      for ky in 0..<w.shape[2] {
        for kx in 0..<w.shape[3] {
          let row = at.y * window.stride + ky * window.dilation - window.padding
          let column = at.x * window.stride + kx * window.dilation - window.padding
          guard row >= 0, row < x.shape[2], column >= 0, column < x.shape[3] else { continue }
          sum += Double(x[at.n, c, row, column]) * Double(w[at.o, c, ky, kx])
        }
      }
    }
    return sum
  }

  static let windows = [
    Window(padding: 1), Window(stride: 2, padding: 1), Window(padding: 2, dilation: 2),
  ]

  @Test(arguments: windows) func tiledConvolutionEqualsNaive(_ window: Window) throws {
    let x = Self.numbers([2, 40, 41, 37], seed: 1)
    let w = Self.numbers([9, 40, 3, 3], seed: 2)
    let form = try #require(Convolution(input: x.shape, weight: w.shape, window: window))
    let y = form.forward(x, w, bias: nil, Workspace(threads: 2))
    var worst = 0.0
    for n in 0..<2 {
      for o in 0..<9 {
        for row in 0..<y.shape[2] {
          for column in 0..<y.shape[3] {
            let truth = Self.cell(x, w, window, (n, o, row, column))
            worst = max(worst, abs(truth - Double(y[n, o, row, column])))
          }
        }
      }
    }
    #expect(worst < 1e-4)
  }

  /// Adjoint identities: <conv(x, w), u> = <x, inputGradient(u, w)> = <w, weightGradient(x, u)>.
  @Test(arguments: windows) func tiledGradientsAreAdjoint(_ window: Window) throws {
    let x = Self.numbers([3, 40, 41, 37], seed: 3)
    let w = Self.numbers([9, 40, 3, 3], seed: 4)
    let form = try #require(Convolution(input: x.shape, weight: w.shape, window: window))
    let u = Self.numbers(form.output, seed: 5)
    let space = Workspace(threads: 2)
    func dot(_ a: Tensor, _ b: Tensor) -> Double {
      zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    let truth = dot(form.forward(x, w, bias: nil, space), u)
    let scale = Double(form.output.count).squareRoot() * 10
    #expect(abs(dot(x, form.inputGradient(u, w, space)) - truth) < 1e-4 * scale)
    #expect(abs(dot(w, form.weightGradient(x, u, space)) - truth) < 1e-4 * scale)
  }

  @Test func convolutionBitsDoNotDependOnThreads() throws {
    let x = Self.numbers([3, 40, 41, 37], seed: 6)
    let w = Self.numbers([9, 40, 3, 3], seed: 7)
    let form = try #require(
      Convolution(input: x.shape, weight: w.shape, window: Window(padding: 1)))
    let u = Self.numbers(form.output, seed: 8)
    let results = [1, 2, 3].map { threads in
      let space = Workspace(threads: threads)
      return [
        form.forward(x, w, bias: nil, space), form.inputGradient(u, w, space),
        form.weightGradient(x, u, space),
      ].map { $0.values.map(\.bitPattern) }
    }
    #expect(results[0] == results[1])
    #expect(results[0] == results[2])
  }

  /// Broadcasting over long and short runs, against indices.
  @Test(arguments: [
    (Shape([3, 70_000]), Shape([3, 1])), (Shape([70_000]), Shape([])),
    (Shape([2, 3, 200, 200]), Shape([3, 1, 1])), (Shape([4000, 5]), Shape([5])),
    (Shape([4000, 1]), Shape([1, 5])), (Shape([1, 70_001]), Shape([2, 1])),
  ])
  func longBroadcast(_ a: Shape, _ b: Shape) throws {
    let x = Self.numbers(a, seed: 9)
    let y = Self.numbers(b, seed: 10)
    let form = try #require(Broadcast(a, b))
    let ours = Elementwise.apply(.subtract, x, y, Workspace(threads: 2))
    #expect(ours.shape == form.shape)
    var wrong = 0
    for index in 0..<form.shape.count {
      var rest = index
      var (i, j) = (0, 0)
      var (stepA, stepB) = (1, 1)
      for axis in stride(from: form.shape.rank - 1, through: 0, by: -1) {
        let position = rest % form.shape[axis]
        rest /= form.shape[axis]
        let (axisA, axisB) = (axis - form.shape.rank + a.rank, axis - form.shape.rank + b.rank)
        if axisA >= 0 {
          i += a[axisA] == 1 ? 0 : position * stepA
          stepA *= a[axisA]
        }
        if axisB >= 0 {
          j += b[axisB] == 1 ? 0 : position * stepB
          stepB *= b[axisB]
        }
      }
      if ours.values[index] != x.values[i] - y.values[j] { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  /// A single-precision running sum is off by 3e-2 here; within a block of 4096 the rounding of
  /// equal numbers leaves 2.5e-6.
  @Test func sumsKeepDoublePrecisionAcrossBlocks() {
    let count = 3_000_000
    let x = Tensor([count], [Float](repeating: 0.1, count: count))
    let sum = Reduction.sum(x, over: [0], Workspace(threads: 2)).scalar
    #expect(abs(Double(sum) / (Double(Float(0.1)) * Double(count)) - 1) < 1e-5)
  }

  @Test func shapesThatDoNotFitAreRefused() {
    #expect(Broadcast([2, 3], [2]) == nil)
    #expect(Convolution(input: [1, 2, 2, 2], weight: [1, 2, 3, 3], window: Window()) == nil)
    #expect(Convolution(input: [1, 2, 9, 9], weight: [1, 3, 3, 3], window: Window()) == nil)
    #expect(Pooling(input: [1, 1, 1, 1], kernel: 2, window: Window(stride: 2)) == nil)
    #expect(Pooling(input: [1, 1, 4, 4], kernel: 2, window: Window(padding: 2)) == nil)
  }
}
