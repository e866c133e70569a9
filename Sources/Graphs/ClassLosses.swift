import Tensors

/// Losses of logits N, C, ... over the classes of axis 1.
extension Graph {
  /// Softmax cross-entropy of logits N, C, ... against class labels N, ...
  ///
  /// A label outside `0 ..< C` is ignored; the mean is over the others, and the loss is 0 when
  /// there are none.
  package mutating func softmaxCrossEntropy(logits: Value, labels: Value) throws -> Value {
    let form = shape(of: logits)
    let all = Array(form.dims.indices)
    let hot = try add(OneHot(classes: form[1]), labels)
    let picked = try add(Multiply(), add(LogSoftmax(), logits), hot)
    let count = try add(Sum(axes: all), hot)
    // max(count, 1) for a whole number: count + relu(1 - count)
    let missing = try add(Relu(), add(Offset(1), add(Scale(-1), count)))
    let divisor = try add(Add(), count, missing)
    return try add(Divide(), add(Scale(-1), add(Sum(axes: all), picked)), divisor)
  }

  /// `softmaxCrossEntropy` with a weight for each class: the sum of the weighted terms over the sum
  /// of their weights, or 0 when that is 0. A weight of 0 ignores a class, as does a label outside
  /// `0 ..< C`. Throws `.shape` unless there is a weight for each class.
  package mutating func softmaxCrossEntropy(
    logits: Value, labels: Value, classWeights: [Float]
  ) throws -> Value {
    let all = Array(shape(of: logits).dims.indices)
    let hot = try weighted(labels, classWeights, like: shape(of: logits))
    let picked = try add(Multiply(), add(LogSoftmax(), logits), hot)
    let total = try add(Sum(axes: all), hot)
    let divisor = try add(Where(), total, total, constant(1))
    return try add(Divide(), add(Scale(-1), add(Sum(axes: all), picked)), divisor)
  }

  /// The terms of `softmaxCrossEntropy`, N, ...: 0 at what is ignored.
  package mutating func softmaxCrossEntropyTerms(
    logits: Value, labels: Value, classWeights: [Float]? = nil
  ) throws -> Value {
    let form = shape(of: logits)
    let ones = [Float](repeating: 1, count: form[1])
    let hot = try weighted(labels, classWeights ?? ones, like: form)
    let picked = try add(Multiply(), add(LogSoftmax(), logits), hot)
    return try add(Scale(-1), add(Sum(axes: [1]), picked))
  }

  /// Indicators of the labels, each times the weight of its class.
  private mutating func weighted(
    _ labels: Value, _ weights: [Float], like form: Shape
  ) throws -> Value {
    guard form.rank >= 2, weights.count == form[1] else {
      throw GraphError(.shape, at: nodes.count)
    }
    let hot = try add(OneHot(classes: form[1]), labels)
    let column = try channels(constant(Tensor([form[1]], weights)), like: form)
    return try add(Multiply(), hot, column)
  }

  /// Kullback-Leibler divergence of the softmax of logits N, C, ... from target probabilities of
  /// the same shape: the mean over samples and cells of `sum over classes of y (log y - log p)`,
  /// where `0 log 0` is 0.
  package mutating func divergence(logits: Value, targets y: Value) throws -> Value {
    let log = try add(Log(), add(Clip(min: .leastNormalMagnitude), y))
    let distance = try add(Subtract(), log, add(LogSoftmax(), logits))
    return try mean(add(Sum(axes: [1]), add(Multiply(), y, distance)))
  }

  /// Distillation of binary outputs: the binary cross-entropy of `sigmoid(student / T)` against
  /// `sigmoid(teacher / T)`, the mean over all elements. The teacher gets no gradient.
  package mutating func distillation(
    student: Value, teacher: Value, temperature: Float
  ) throws -> Value {
    let soft = try add(Sigmoid(), add(Scale(1 / temperature), add(Detach(), teacher)))
    return try binaryCrossEntropy(
      logits: add(Scale(1 / temperature), student), targets: soft)
  }

  /// InfoNCE of queries N, D against one key each (N, D) and a queue of other keys K, D: the
  /// cross-entropy of `[q . k, q . queue] / temperature` with the own key as the class.
  ///
  /// All are unit vectors (`normalized`). Keys and queue get no gradient (He et al. 2020, "MoCo").
  package mutating func contrastive(
    queries: Value, keys: Value, queue: Value, temperature: Float = 0.07
  ) throws -> Value {
    let count = shape(of: queries)[0]
    let own = try add(Sum(axes: [1]), add(Multiply(), queries, add(Detach(), keys)))
    let others = try add(MatMul(transposeRight: true), queries, add(Detach(), queue))
    let scores = try add(Concat(axis: 1), add(Reshape([count, 1]), own), others)
    return try softmaxCrossEntropy(
      logits: add(Scale(1 / temperature), scores), labels: constant(Tensor(zeros: [count])))
  }
}
