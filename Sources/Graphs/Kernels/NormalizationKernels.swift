import Tensors

/// Per channel a scale and a shift, then a residual and an activation.
struct AffineKernel: PlannedKernel {
  /// Where scale and shift come from.
  enum Form: Sendable {
    /// x, scale [C], shift [C].
    case given
    /// x, statistics [2, C], gamma [C], beta [C].
    case normalize(epsilon: Float)
    /// x, a scale per picture and channel.
    case planes
    /// x alone.
    case none
  }

  let form: Form
  let hasResidual: Bool
  let activation: Activation
  let kernels: KernelSet

  var text: String {
    "affine \(form)" + (hasResidual ? " residual" : "") + " activation=\(activation)"
  }

  private var fixed: Int {
    switch form {
    case .given: 2
    case .normalize: 3
    case .planes: 1
    case .none: 0
    }
  }

  var inputLayouts: [TensorLayout] {
    [.channelsLast] + Array(repeating: .dense, count: fixed)
      + (hasResidual ? [.channelsLast] : [])
  }

  var outputLayout: TensorLayout { .channelsLast }
  var replaceable: [Int] { [0] + (hasResidual ? [fixed + 1] : []) }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    let (x, y) = (inputs[0].view, output.view)
    let finish = Finish(activation, residual: hasResidual ? inputs[fixed + 1].view : nil)
    let kernel = PixelKernels(kernels)
    let threads = workspace.threads
    switch form {
    case .given:
      kernel.affine(
        x, scale: inputs[1].cells, shift: inputs[2].cells, finish: finish, into: y,
        threads: threads)
    case .planes:
      kernel.affine(
        x, scale: inputs[1].cells, shift: nil, finish: finish, perImage: true, into: y,
        threads: threads)
    case .none:
      kernel.affine(x, scale: nil, shift: nil, finish: finish, into: y, threads: threads)
    case .normalize(let epsilon):
      let (statistics, gamma, beta) = (inputs[1].cells, inputs[2].cells, inputs[3].cells)
      let count = x.channels
      let table = workspace.tensor([2, count]) { table in
        for channel in 0..<count {
          let scale = gamma[channel] / (statistics[count + channel] + epsilon).squareRoot()
          table[channel] = scale
          table[count + channel] = beta[channel] - statistics[channel] * scale
        }
      }
      withCells(table) {
        kernel.affine(
          x, scale: $0, shift: $0 + count, finish: finish, into: y, threads: threads)
      }
    }
  }
}

/// [2, C] of a picture: mean and variance, or sums of an upstream gradient.
struct StatisticsKernel: PlannedKernel {
  /// x, statistics, u: sums of u and of u (x - mean); otherwise x alone: mean and variance.
  let isMoments: Bool
  let pixels: Int
  let channels: Int
  let kernels: KernelSet

  var text: String { isMoments ? "channel moments" : "batch statistics" }
  var inputLayouts: [TensorLayout] {
    isMoments ? [.channelsLast, .dense, .channelsLast] : [.channelsLast]
  }
  var outputLayout: TensorLayout { .dense }

  func scratch(threads: Int) -> (perWorker: Int, shared: Int) {
    (0, PixelSums.scratchCount(pixels: pixels, channels: channels))
  }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    let sums = PixelSums(kernels)
    if isMoments {
      sums.products(
        inputs[2].view, inputs[0].view, mean: inputs[1].cells, into: output.cells, workspace)
    } else {
      sums.statistics(inputs[0].view, into: output.cells, workspace)
    }
  }
}

/// x, statistics, gamma, upstream, moments: the gradient of x through batch normalisation.
struct NormalizeGradientKernel: PlannedKernel {
  let op: BatchNormalizeGradient
  let kernels: KernelSet

  var text: String { BatchNormalizeGradient.name }
  var inputLayouts: [TensorLayout] { [.channelsLast, .dense, .dense, .channelsLast, .dense] }
  var outputLayout: TensorLayout { .channelsLast }
  var replaceable: [Int] { [3, 0] }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    let x = inputs[0].view
    let table = workspace.tensor([3, x.channels]) {
      op.form(
        statistics: inputs[1].cells, gamma: inputs[2].cells, moments: inputs[4].cells,
        perChannel: x.pixels, channels: x.channels, into: $0)
    }
    withCells(table) {
      PixelKernels(kernels).combine(
        inputs[3].view, x, form: $0, into: output.view, threads: workspace.threads)
    }
  }
}

extension BatchNormalize: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    guard output.rank == 4 else { return nil }
    return AffineKernel(
      form: .normalize(epsilon: epsilon), hasResidual: false, activation: .none,
      kernels: options.kernels)
  }
}

extension FusedBatchNormalize: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    guard output.rank == 4 else { return nil }
    return AffineKernel(
      form: .normalize(epsilon: epsilon), hasResidual: hasResidual, activation: activation,
      kernels: options.kernels)
  }
}

extension ChannelAffine: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    guard output.rank == 4 else { return nil }
    return AffineKernel(
      form: .given, hasResidual: false, activation: activation, kernels: options.kernels)
  }
}

extension FusedScaleAdd: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    AffineKernel(
      form: .planes, hasResidual: hasResidual, activation: activation, kernels: options.kernels)
  }
}

extension BatchStatistics: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let x = inputs[0]
    guard x.rank == 4 else { return nil }
    return StatisticsKernel(
      isMoments: false, pixels: x[0] * x[2] * x[3], channels: x[1], kernels: options.kernels)
  }
}

extension ChannelMoments: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let x = inputs[0]
    guard x.rank == 4 else { return nil }
    return StatisticsKernel(
      isMoments: true, pixels: x[0] * x[2] * x[3], channels: x[1], kernels: options.kernels)
  }
}

extension BatchNormalizeGradient: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    guard output.rank == 4 else { return nil }
    return NormalizeGradientKernel(op: self, kernels: options.kernels)
  }
}
