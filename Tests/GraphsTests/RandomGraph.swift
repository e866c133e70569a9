import Graphs
import Tensors

/// A small random network, the same for the same seed: convolutions, normalisation, rectifiers,
/// sums, concatenations, pooling, scales of planes, slices and known numbers a channel.
struct RandomGraph {
  private var form = PassGraph()
  private var numbers: TestNumbers
  private let training: Bool
  /// Values of four axes that may be read, newest last.
  private var pool: [Value] = []
  private var last: Value

  var graph: Graph { form.graph }

  init(seed: UInt64, training: Bool, steps: Int) throws {
    numbers = TestNumbers(seed: seed)
    self.training = training
    last = form.input([2, 4, 8, 8])
    pool = [last]
    for _ in 0..<steps {
      last = try step()
      pool.append(last)
    }
  }

  private mutating func pick(_ count: Int) -> Int {
    min(count - 1, Int(numbers.next(0...1) * Double(count)))
  }

  /// Mostly what was made last, so that chains come about.
  private mutating func source() -> Value {
    pick(3) == 0 ? pool[pick(pool.count)] : last
  }

  private mutating func step() throws -> Value {
    let x = source()
    switch pick(15) {
    case 0, 1: return try convolution(x)
    case 2: return try form.norm(convolution(x), training: training)
    case 3: return try form.norm(x, training: training)
    case 4, 5: return try pick(4) == 0 ? form.add(LeakyRelu(0.2), x) : form.relu(x)
    case 6, 7: return try sum(x)
    case 8: return try concatenation(x)
    case 9: return try pooled(x)
    case 10: return try scaled(x)
    case 11, 12: return try block(x)
    default: return try odd(x)
    }
  }

  private mutating func convolution(_ x: Value) throws -> Value {
    let inputs = form.graph.shape(of: x)[1]
    let groups = inputs % 2 == 0 && pick(4) == 0 ? 2 : 1
    let channels = [2, 4, inputs % 2 == 0 ? inputs : 4][pick(3)]
    return try form.conv(
      x, channels, kernel: pick(2) == 0 ? 1 : 3, bias: pick(3) == 0, groups: groups)
  }

  /// Normalisation and rectifier before or after a convolution, with or without a shortcut.
  private mutating func block(_ x: Value) throws -> Value {
    if pick(2) == 0 {
      return try form.conv(form.relu(form.norm(x, training: training)), 4, kernel: 1)
    }
    let y = try form.norm(
      form.conv(x, form.graph.shape(of: x)[1]), training: training)
    return try form.relu(pick(2) == 0 ? y : form.sum(y, x))
  }

  /// With an older value of the same shape or with a new convolution.
  private mutating func sum(_ x: Value) throws -> Value {
    let shape = form.graph.shape(of: x)
    let others = pool.filter { form.graph.shape(of: $0) == shape }
    let other =
      others.isEmpty || pick(3) == 0 ? try form.conv(x, shape[1]) : others[pick(others.count)]
    return try pick(2) == 0 ? form.sum(x, other) : form.sum(other, x)
  }

  private mutating func concatenation(_ x: Value) throws -> Value {
    let shape = form.graph.shape(of: x)
    let others = pool.filter {
      form.graph.shape(of: $0).dims[2...] == shape.dims[2...] && form.graph.shape(of: $0)[1] < 9
    }
    let parts = (0...pick(3)).compactMap { _ in others.isEmpty ? nil : others[pick(others.count)] }
    return shape[1] > 16 ? x : try form.graph.add(Concat(axis: 1), [x] + parts)
  }

  private mutating func pooled(_ x: Value) throws -> Value {
    if form.graph.shape(of: x)[2] < 4 { return try form.add(UpsampleNearest(), x) }
    return try pick(2) == 0 ? form.add(MaxPool2d(), x) : form.add(AveragePool2d(), x)
  }

  private mutating func scaled(_ x: Value) throws -> Value {
    let shape = form.graph.shape(of: x)
    let mean = try form.add(
      Reshape([shape[0], shape[1], 1, 1]), form.graph.globalMean(x))
    let scale = try form.add(Sigmoid(), form.conv(mean, shape[1], kernel: 1, bias: true))
    let product = try form.add(Multiply(), x, scale)
    return try pick(2) == 0 ? product : form.sum(product, x)
  }

  private mutating func odd(_ x: Value) throws -> Value {
    let channels = form.graph.shape(of: x)[1]
    switch pick(4) {
    case 0: return try form.sum(x, form.parameter([channels, 1, 1]))
    case 1: return try form.sum(form.parameter([1, channels, 1, 1]), x)
    case 2 where channels > 2:
      return try form.add(Slice(axis: 1, start: pick(2), count: channels - 2), x)
    default: return try form.add(Detach(), form.add(Scale(1), x))
    }
  }

  /// The last value and some others.
  mutating func outputs() -> [Value] {
    [last] + (0..<pick(3)).map { _ in pool[pick(pool.count)] }
  }

  /// A loss, its gradients for all parameters and the statistics of the batch.
  mutating func trainingOutputs() throws -> [Value] {
    let loss = try form.graph.mean(form.add(Square(), last))
    let trained = form.graph.parameters.map(\.value)
    let gradients = try form.graph.gradient(of: loss, withRespectTo: trained)
    let statistics = form.graph.taps.sorted { $0.key < $1.key }.map(\.value)
    return [loss] + gradients + statistics
  }

  /// A score, and its gradient with respect to values on the way, as for Grad-CAM.
  mutating func attributionOutputs() throws -> [Value] {
    let score = try form.graph.mean(last)
    return [score] + (try form.graph.gradient(of: score, withRespectTo: outputs()))
  }
}
