import Tensors

/// Pooling of pictures and its gradients.
struct PoolingKernel: PlannedKernel {
  enum Kind: String, Sendable {
    case maximum = "max pool"
    case mean = "average pool"
    /// x, dy.
    case maximumGradient = "max pool gradient"
    /// dy.
    case meanGradient = "average pool gradient"
  }

  let kind: Kind
  let planned: PixelPooling
  let attributes: String

  var text: String { kind.rawValue + " " + attributes }
  var inputLayouts: [TensorLayout] {
    kind == .maximumGradient ? [.channelsLast, .channelsLast] : [.channelsLast]
  }
  var outputLayout: TensorLayout { .channelsLast }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    let (x, y, threads) = (inputs[0].view, output.view, workspace.threads)
    switch kind {
    case .maximum: planned.maximum(x, into: y, threads: threads)
    case .mean: planned.mean(x, into: y, threads: threads)
    case .maximumGradient:
      planned.maximumGradient(x, inputs[1].view, into: y, threads: threads)
    case .meanGradient: planned.meanGradient(x, into: y, threads: threads)
    }
  }
}

/// Resampling of pictures.
struct ResizeKernel: PlannedKernel {
  enum Kind: Sendable {
    case nearest(factor: Int)
    case bilinear(PixelResize)
    case bilinearGradient(PixelResize)
  }

  let kind: Kind
  let text: String
  let kernels: KernelSet

  var inputLayouts: [TensorLayout] { [.channelsLast] }
  var outputLayout: TensorLayout { .channelsLast }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    let (x, y, threads) = (inputs[0].view, output.view, workspace.threads)
    switch kind {
    case .nearest(let factor):
      PixelKernels(kernels).upsample(x, factor: factor, into: y, threads: threads)
    case .bilinear(let planned): planned.run(x, into: y, threads: threads)
    case .bilinearGradient(let planned): planned.gradient(x, into: y, threads: threads)
    }
  }
}

extension MaxPool2d: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    return PoolingKernel(
      kind: .maximum,
      planned: PixelPooling(kernel: kernel, window: window, kernels: options.kernels),
      attributes: attributes)
  }
}

extension MaxPool2dGradient: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    return PoolingKernel(
      kind: .maximumGradient,
      planned: PixelPooling(kernel: kernel, window: window, kernels: options.kernels),
      attributes: attributes)
  }
}

extension AveragePool2d: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let planned = PixelPooling(
      kernel: kernel, window: window, countPadding: countIncludePad, kernels: options.kernels)
    return PoolingKernel(kind: .mean, planned: planned, attributes: attributes)
  }
}

extension AveragePool2dGradient: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let planned = PixelPooling(
      kernel: kernel, window: window, countPadding: countIncludePad, kernels: options.kernels)
    return PoolingKernel(kind: .meanGradient, planned: planned, attributes: attributes)
  }
}

extension UpsampleNearest: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    ResizeKernel(
      kind: .nearest(factor: factor), text: "upsample nearest " + attributes,
      kernels: options.kernels)
  }
}

extension ResizeBilinear: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let planned = PixelResize(
      from: (inputs[0][2], inputs[0][3]), to: (height, width), alignCorners: alignCorners,
      kernels: options.kernels)
    return ResizeKernel(
      kind: .bilinear(planned), text: "resize bilinear " + attributes, kernels: options.kernels)
  }
}

extension ResizeBilinearGradient: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let planned = PixelResize(
      from: (height, width), to: (inputs[0][2], inputs[0][3]), alignCorners: alignCorners,
      kernels: options.kernels)
    return ResizeKernel(
      kind: .bilinearGradient(planned), text: "resize bilinear gradient " + attributes,
      kernels: options.kernels)
  }
}
