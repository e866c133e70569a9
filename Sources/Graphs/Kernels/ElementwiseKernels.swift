import Tensors

/// Two pictures of one shape, element by element.
struct BinaryKernel: PlannedKernel {
  let function: Elementwise.Binary
  let kernels: KernelSet

  var text: String { "\(function)" }
  var inputLayouts: [TensorLayout] { [.channelsLast, .channelsLast] }
  var outputLayout: TensorLayout { .channelsLast }
  var replaceable: [Int] { [0, 1] }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    PixelKernels(kernels).apply(
      function, inputs[0].view, inputs[1].view, into: output.view, threads: workspace.threads)
  }

  /// Nil unless both are pictures of one shape, and one of them comes channels-last.
  init?(
    _ function: Elementwise.Binary, _ inputs: [Shape], _ layouts: [TensorLayout],
    _ options: PlanOptions
  ) {
    guard inputs[0].rank == 4, inputs[0] == inputs[1], layouts.contains(.channelsLast) else {
      return nil
    }
    self.function = function
    kernels = options.kernels
  }
}

/// Sums of pictures over their pixels, [N, C], or over the batch too, [C].
struct PixelSumKernel: PlannedKernel {
  let overBatch: Bool
  let images: Int
  let area: Int
  let channels: Int
  let kernels: KernelSet

  var text: String { overBatch ? "sum axes=0,2,3" : "sum axes=2,3" }
  var inputLayouts: [TensorLayout] { [.channelsLast] }
  var outputLayout: TensorLayout { .dense }

  func scratch(threads: Int) -> (perWorker: Int, shared: Int) {
    (0, PixelSums.scratchCount(images: images, area: area, channels: channels))
  }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    let sums = PixelSums(kernels)
    if overBatch {
      sums.total(inputs[0].view, into: output.cells, workspace)
    } else {
      sums.sums(inputs[0].view, into: output.cells, workspace)
    }
  }
}

/// Pictures through one function of an element.
struct PixelMapKernel: PlannedKernel {
  enum Function: Sendable {
    case rectify(Activation)
    case scale(Float)
  }

  let function: Function
  let kernels: KernelSet

  var text: String { "map \(function)" }
  var inputLayouts: [TensorLayout] { [.channelsLast] }
  var outputLayout: TensorLayout { .channelsLast }
  var replaceable: [Int] { [0] }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    let (x, y, kernel) = (inputs[0].view, output.view, PixelKernels(kernels))
    switch function {
    case .rectify(let activation):
      kernel.affine(
        x, scale: nil, shift: nil, finish: Finish(activation), into: y,
        threads: workspace.threads)
    case .scale(let factor):
      let table = Tensor([x.channels], [Float](repeating: factor, count: x.channels))
      withCells(table) {
        kernel.affine(
          x, scale: $0, shift: nil, finish: Finish(), into: y, threads: workspace.threads)
      }
    }
  }

  /// Nil unless the input is a picture that comes channels-last.
  init?(_ function: Function, _ layouts: [TensorLayout], _ options: PlanOptions) {
    guard layouts == [.channelsLast] else { return nil }
    self.function = function
    kernels = options.kernels
  }
}

extension Add: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? { BinaryKernel(.add, inputs, layouts, options) }
}

extension Subtract: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? { BinaryKernel(.subtract, inputs, layouts, options) }
}

extension Multiply: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? { BinaryKernel(.multiply, inputs, layouts, options) }
}

extension RectifierGradient: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    BinaryKernel(.rectifyGradient(slope: slope), inputs, layouts, options)
  }
}

extension Relu: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? { PixelMapKernel(.rectify(.relu), layouts, options) }
}

extension LeakyRelu: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? { PixelMapKernel(.rectify(.leakyRelu(slope)), layouts, options) }
}

extension Scale: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? { PixelMapKernel(.scale(factor), layouts, options) }
}

extension Sum: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let x = inputs[0]
    guard x.rank == 4, x.count > 0, layouts[0] == .channelsLast else { return nil }
    guard axes == [2, 3] || axes == [0, 2, 3] else { return nil }
    return PixelSumKernel(
      overBatch: axes.count == 3, images: x[0], area: x[2] * x[3], channels: x[1],
      kernels: options.kernels)
  }
}
