import Graphs
import Tensors

/// A random network for the laws of plans, the same for the same seed: convolutions of every kind
/// that has a kernel, plain and transposed; normalisation, residuals, concatenations, slices,
/// pooling and resampling; odd extents, planes of one row or column, channels beside whole vectors.
struct RandomNetwork {
  private(set) var form = PassGraph()
  private var numbers: TestNumbers
  private let training: Bool
  private var pool: [Value] = []
  private var last: Value

  var graph: Graph { form.graph }

  init(seed: UInt64, training: Bool, steps: Int) throws {
    numbers = TestNumbers(seed: seed)
    self.training = training
    last = form.input([1, 1, 1, 1])
    form = PassGraph()
    let extents = [(9, 11), (8, 8), (13, 6), (1, 12), (7, 1), (17, 5), (24, 26)]
    let (height, width) = extents[pick(extents.count)]
    last = form.input([1 + pick(3), [1, 3, 8, 16, 19][pick(5)], height, width])
    pool = [last]
    while pool.count <= steps {
      guard let value = try? step() else { continue }
      guard form.graph.shape(of: value).count < 20_000 else { continue }
      last = value
      pool.append(last)
    }
  }

  private mutating func pick(_ count: Int) -> Int {
    min(count - 1, Int(numbers.next(0...1) * Double(count)))
  }

  private func shape(_ x: Value) -> Shape { form.graph.shape(of: x) }

  /// Mostly what was made last, so that chains come about.
  private mutating func source() -> Value { pick(3) == 0 ? pool[pick(pool.count)] : last }

  /// May fail where extents do not fit.
  private mutating func step() throws -> Value {
    let x = source()
    switch pick(16) {
    case 0, 1, 2: return try convolution(x)
    case 3: return try normalized(convolution(x))
    case 4: return try transposed(x)
    case 5, 6: return try residual(x)
    case 7, 8: return try concatenation(x)
    case 9: return try slice(x)
    case 10: return try pooled(x)
    case 11: return try resized(x)
    case 12: return try pick(2) == 0 ? form.relu(x) : form.add(LeakyRelu(0.2), x)
    case 13: return try gated(x)
    case 14: return try pair(x)
    default: return try odd(x)
    }
  }

  /// Weights so scaled that values keep their size.
  private mutating func weight(_ shape: Shape) throws -> Value {
    let fan = Float(shape[1] * shape[2] * shape[3])
    return try form.add(Scale(2 / fan.squareRoot()), form.parameter(shape))
  }

  private mutating func convolution(_ x: Value) throws -> Value {
    let inputs = shape(x)[1]
    var groups = 1
    var outputs = [1, 2, 3, 8, 16, 17, 24, 33][pick(8)]
    if pick(3) == 0 {
      let fitting = [2, 3, 4, inputs / 4, inputs / 8, inputs].filter { $0 > 0 && inputs % $0 == 0 }
      groups = fitting.isEmpty ? 1 : fitting[pick(fitting.count)]
      outputs = pick(2) == 0 ? inputs : groups * (1 + pick(3))
    }
    let kernel = [(3, 3), (3, 3), (3, 3), (1, 1), (1, 1), (5, 5), (2, 2), (1, 3)][pick(8)]
    let dilation = [1, 1, 1, 2, 3][pick(5)]
    // Where only padding is read Winograd leaves not zero but its rounding, and a rectifier turns.
    let most = training ? dilation * (min(kernel.0, kernel.1) - 1) : 4
    let window = Window(
      stride: [1, 1, 1, 2, 3][pick(5)], padding: min(most, [0, 1, 1, 1, 2, 3, 4][pick(7)]),
      dilation: dilation)
    let w = try weight([outputs, inputs / groups, kernel.0, kernel.1])
    // Before normalisation by the batch the gradient of a bias is nothing but rounding.
    let bias = training || pick(2) == 0 ? [] : [form.parameter([outputs])]
    return try form.graph.add(Conv2d(window, groups: groups), [x, w] + bias)
  }

  private mutating func transposed(_ x: Value) throws -> Value {
    let outputs = [1, 5, 8, 16][pick(4)]
    let (kernel, stride) = [(2, 2), (3, 2), (3, 1), (4, 2), (1, 3)][pick(5)]
    let padding = pick(kernel)
    let dims = shape(x).dims[2...].map { ($0 - 1) * stride - 2 * padding + kernel }
    guard dims.allSatisfy({ $0 > 0 }) else { return try form.relu(x) }
    let op = Conv2dInputGradient(
      Window(stride: stride, padding: padding), Shape([shape(x)[0], outputs] + dims))
    return try form.graph.add(op, [x, weight([shape(x)[1], outputs, kernel, kernel])])
  }

  private mutating func normalized(_ x: Value) throws -> Value {
    // Few numbers have no variance to speak of.
    let few = shape(x).count / shape(x)[1] < 16
    return try form.norm(x, training: training && !few)
  }

  /// A convolution of x that keeps its shape, and x itself or an older value.
  private mutating func residual(_ x: Value) throws -> Value {
    let channels = shape(x)[1]
    let kernel = pick(3) == 0 ? 1 : 3
    let dilation = 1 + pick(2)
    let groups = pick(3) == 0 ? channels : 1
    let op = Conv2d(padding: kernel / 2 * dilation, dilation: dilation, groups: groups)
    let weight = try weight([channels, channels / groups, kernel, kernel])
    var y = try form.graph.add(op, [x, weight])
    if pick(2) == 0 { y = try normalized(y) }
    y = try form.sum(y, pick(2) == 0 ? x : like(x))
    return try pick(2) == 0 ? y : form.relu(y)
  }

  /// An older value of the same shape.
  private mutating func like(_ x: Value) -> Value {
    let same = pool.filter { shape($0) == shape(x) }
    return same.isEmpty ? x : same[pick(same.count)]
  }

  private mutating func concatenation(_ x: Value) throws -> Value {
    let (form, plane) = (form, shape(x).dims[2...])
    let others = pool.filter {
      form.graph.shape(of: $0).dims[2...] == plane && form.graph.shape(of: $0)[1] < 25
    }
    let parts = (0...pick(3)).compactMap { _ in others.isEmpty ? nil : others[pick(others.count)] }
    let list = pick(2) == 0 ? [x] + parts : parts + [x]
    return shape(x)[1] > 40 ? x : try self.form.graph.add(Concat(axis: 1), list)
  }

  private mutating func slice(_ x: Value) throws -> Value {
    let axis = [1, 1, 1, 2, 3][pick(5)]
    let extent = shape(x)[axis]
    guard extent > 1 else { return try form.add(Sigmoid(), x) }
    let start = pick(extent - 1)
    return try form.add(
      Slice(axis: axis, start: start, count: 1 + pick(extent - start)), x)
  }

  private mutating func pooled(_ x: Value) throws -> Value {
    let (kernel, stride) = [(2, 2), (3, 2), (3, 1), (2, 1), (2, 3)][pick(5)]
    let (padding, ceil) = (pick(2), pick(2) == 0)
    if pick(2) == 0 {
      return try form.add(
        MaxPool2d(kernel: kernel, stride: stride, padding: padding, ceilMode: ceil), x)
    }
    return try form.add(
      AveragePool2d(
        kernel: kernel, stride: stride, padding: padding, ceilMode: ceil,
        countIncludePad: pick(2) == 0), x)
  }

  private mutating func resized(_ x: Value) throws -> Value {
    let (height, width) = (1 + pick(14), 1 + pick(14))
    switch pick(4) {
    case 0: return try form.add(UpsampleNearest(factor: 2 + pick(2)), x)
    case 1: return try form.add(ResizeNearest(height: height, width: width), x)
    case let kind:
      return try form.add(
        ResizeBilinear(height: height, width: width, alignCorners: kind == 2), x)
    }
  }

  /// Squeeze and excitation, with and without a residual.
  private mutating func gated(_ x: Value) throws -> Value {
    let (images, channels) = (shape(x)[0], shape(x)[1])
    let mean = try form.add(Reshape([images, channels, 1, 1]), form.graph.globalMean(x))
    let scale = try form.add(
      Sigmoid(), form.graph.add(Conv2d(), [mean, weight([channels, channels, 1, 1])]))
    let product = try form.add(Multiply(), x, scale)
    return try pick(2) == 0 ? product : form.relu(form.sum(product, like(x)))
  }

  /// Two values of one shape, or one twice.
  private mutating func pair(_ x: Value) throws -> Value {
    let other = like(x)
    switch pick(3) {
    case 0: return try form.sum(x, other)
    case 1: return try form.add(Subtract(), x, other)
    default: return try form.add(Multiply(), form.add(Sigmoid(), x), other)
    }
  }

  private mutating func odd(_ x: Value) throws -> Value {
    let channels = shape(x)[1]
    switch pick(6) {
    case 0 where !training: return try form.sum(x, form.parameter([channels, 1, 1]))
    case 0, 1: return try form.add(Multiply(), x, form.parameter([1, channels, 1, 1]))
    case 2: return try form.add(Scale(-1.5), x)
    case 3: return try form.add(Detach(), x)
    case 4: return try normalized(x)
    default: return try form.add(Reshape(shape(x)), form.add(Flip(axis: 3), x))
    }
  }

  /// The last value and some others, one of them perhaps twice.
  mutating func outputs() -> [Value] { [last] + (0..<pick(4)).map { _ in pool[pick(pool.count)] } }

  /// The distance from a parameter: what is normalised has a size of its own, whose gradient is
  /// nothing but rounding.
  private mutating func loss() throws -> Value {
    try form.graph.mean(form.add(Square(), form.sum(last, form.parameter(shape(last)))))
  }

  /// A loss and its gradients for inputs, parameters and values on the way.
  mutating func gradientOutputs() throws -> [Value] {
    let loss = try loss()
    let targets = form.graph.inputs.map(\.value) + form.graph.parameters.map(\.value) + outputs()
    let gradients = try form.graph.gradient(of: loss, withRespectTo: targets)
    return [loss] + gradients + form.graph.taps.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The gradients of the size of a gradient: every operator's own gradient is taken.
  mutating func secondGradientOutputs() throws -> [Value] {
    let input = form.graph.inputs.map(\.value)
    let slope = try form.graph.gradient(of: loss(), withRespectTo: input)
    let size = try form.graph.mean(form.add(Square(), slope[0]))
    let targets = input + form.graph.parameters.map(\.value)
    return [size] + (try form.graph.gradient(of: size, withRespectTo: targets))
  }
}
