import Tensors

/// A convolution or the gradient of its input: x (or dy), weight, and what is fused.
struct ConvolutionKernel: PlannedKernel {
  let planned: PlannedConvolution
  let hasInputAffine: Bool
  let hasBias: Bool
  let hasResidual: Bool
  let activation: Activation
  let attributes: String

  var text: String { "conv \(planned.algorithm.rawValue) \(attributes)" }

  var inputLayouts: [TensorLayout] {
    var layouts: [TensorLayout] = [.channelsLast, .dense]
    if hasInputAffine { layouts += [.dense, .dense] }
    if hasBias { layouts.append(.dense) }
    if hasResidual { layouts.append(.channelsLast) }
    return layouts
  }

  var outputLayout: TensorLayout { .channelsLast }
  var packing: (input: Int, count: Int)? { (1, planned.packedCount) }
  /// The residual of a cell is read just before the cell is written.
  var replaceable: [Int] { hasResidual ? [inputLayouts.count - 1] : [] }

  func pack(_ weight: Cells, into packed: Cells) { planned.pack(weight, into: packed) }

  func scratch(threads: Int) -> (perWorker: Int, shared: Int) {
    (planned.scratchCount(threads: threads), 0)
  }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    guard let packed else { preconditionFailure("a weight was not packed") }
    var rest = inputs[2...]
    var operands = ConvolutionOperands(
      x: inputs[0].view, packed: packed, y: output.view, finish: Finish(activation))
    if hasInputAffine {
      operands.inputScale = rest.removeFirst().cells
      operands.inputShift = rest.removeFirst().cells
    }
    if hasBias { operands.bias = rest.removeFirst().cells }
    if hasResidual { operands.finish.residual = rest.removeFirst().view }
    planned.run(operands, workspace)
  }
}

/// The gradient of the weight: x, dy.
struct WeightGradientKernel: PlannedKernel {
  let planned: PlannedWeightGradient
  let attributes: String

  var text: String { "conv weight gradient \(attributes)" }
  var inputLayouts: [TensorLayout] { [.channelsLast, .channelsLast] }
  var outputLayout: TensorLayout { .dense }

  func scratch(threads: Int) -> (perWorker: Int, shared: Int) { (0, planned.scratchCount) }

  func run(_ inputs: [Operand], packed: Cells?, into output: Operand, _ workspace: Workspace) {
    planned.run(x: inputs[0].view, dy: inputs[1].view, into: output.cells, workspace)
  }
}

extension Conv2d: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let form = Convolution.checked(inputs[0], inputs[1], window, groups)
    return ConvolutionKernel(
      planned: PlannedConvolution(form, choice: options.convolutions, kernels: options.kernels),
      hasInputAffine: false, hasBias: inputs.count == 3, hasResidual: false, activation: .none,
      attributes: attributes)
  }
}

extension FusedConv2d: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let form = Convolution.checked(inputs[0], inputs[1], window, groups)
    let planned = PlannedConvolution(
      form, choice: options.convolutions, hasInputAffine: hasInputAffine, kernels: options.kernels)
    return ConvolutionKernel(
      planned: planned, hasInputAffine: hasInputAffine, hasBias: hasBias,
      hasResidual: hasResidual, activation: activation, attributes: attributes)
  }
}

extension Conv2dInputGradient: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let form = Convolution.checked(shape, inputs[1], window, groups)
    let planned = PlannedConvolution(
      form, gradient: true, choice: options.convolutions, kernels: options.kernels)
    return ConvolutionKernel(
      planned: planned, hasInputAffine: false, hasBias: false, hasResidual: false,
      activation: .none, attributes: "input gradient " + attributes)
  }
}

extension Conv2dWeightGradient: PlannableOperator {
  package func kernel(
    _ inputs: [Shape], _ layouts: [TensorLayout], output: Shape, options: PlanOptions
  ) -> (any PlannedKernel)? {
    let form = Convolution.checked(inputs[0], shape, window, groups)
    let planned = PlannedWeightGradient(
      form, choice: options.convolutions, kernels: options.kernels)
    return WeightGradientKernel(planned: planned, attributes: attributes)
  }
}
