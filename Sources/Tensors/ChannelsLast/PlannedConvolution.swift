import CKernels

/// One pass of a convolution over channels-last pictures, its algorithm chosen by shape.
///
/// `y = activation(conv(pre(x)) + bias + residual)` with `pre(x) = relu(scale * x + shift)` where
/// a scale is given. The weight is packed once and may be shared by any number of workers. Each
/// output element is computed by one fixed sequence of operations: the bits do not depend on the
/// number of threads.
package struct PlannedConvolution: Sendable {
  package enum Algorithm: String, Sendable {
    /// A product of the pixels with the weight.
    case pointwise
    /// F(4x4, 3x3).
    case winograd
    /// F(6x6, 3x3).
    case winograd6
    /// A product of gathered columns with the weight.
    case gathered
    /// Each channel by itself.
    case depthwise
    /// Groups of 4 or 8 channels, within vectors.
    case grouped
    /// Few outputs, each a sum over the lanes of a vector.
    case narrow
  }

  package let algorithm: Algorithm
  let form: ConvolutionForm
  let kernels: KernelSet
  let phases: [ConvolutionForm.Phase]
  /// Groups that are computed together, their weights in one block-diagonal matrix.
  let merged: Int

  /// - Parameters:
  ///   - choice: F(6x6, 3x3) is taken only where it is asked for.
  ///   - hasInputAffine: `run` will be given a scale and a shift.
  package init(
    _ convolution: Convolution, gradient: Bool = false,
    choice: ConvolutionChoice = .standard, hasInputAffine: Bool = false, kernels: KernelSet = .best
  ) {
    let form = ConvolutionForm(convolution, gradient ? .inputGradient : .forward)
    self.form = form
    self.kernels = kernels
    algorithm = Self.choose(form, choice, hasInputAffine, lanes: kernels.lanes)
    phases = form.phases
    let narrow = max(form.sourceChannels, form.targetChannels)
    let wanted = max(1, min(form.groups, kernels.lanes / max(1, narrow)))
    merged = form.groups % wanted == 0 ? wanted : 1
  }

  private static func choose(
    _ form: ConvolutionForm, _ choice: ConvolutionChoice, _ hasInputAffine: Bool, lanes: Int
  ) -> Algorithm {
    let isUnit = form.unitPadding != nil
    let (sources, targets) = (form.sourceChannels, form.targetChannels)
    let isDirect = form.isSquare && !hasInputAffine && (isUnit || form.pass == .forward)
    if form.groups > 1 {
      if isDirect, sources == 1, targets == 1 { return .depthwise }
      let isWhole = sources == targets && lanes % sources == 0 && form.source[1] % lanes == 0
      return isDirect && isWhole && (sources == 4 || sources == 8) ? .grouped : .gathered
    }
    if form.taps == 1, form.window.stride == 1, form.window.padding == 0 { return .pointwise }
    if isDirect, targets <= 3, sources >= 8 { return .narrow }
    guard choice != .exact, !hasInputAffine, form.suitsWinograd(channels: 8) else {
      return .gathered
    }
    let isFast = choice == .fast && WinogradTiles.paysSix(form.target, form.window.dilation)
    return isFast ? .winograd6 : .winograd
  }

  /// The stride and padding of a pass that reads the picture as a forward convolution does.
  var directWindow: (stride: Int, padding: Int) {
    form.unitPadding.map { (1, $0) } ?? (form.window.stride, form.window.padding)
  }

  /// Floats of the packed weight.
  package var packedCount: Int {
    let (k, n) = (form.sourceChannels, form.targetChannels)
    switch algorithm {
    case .depthwise: return form.taps * form.target[1]
    case .grouped, .narrow: return form.taps * form.sourceChannels * form.target[1]
    case .winograd, .winograd6: return tiles.points * winogradPoint
    case .pointwise: return kernels.packedCount(k, n)
    case .gathered:
      return phases.reduce(0) { $0 + blocks * phaseCount($1) }
    }
  }

  /// Floats of scratch memory that each worker needs.
  package func scratchCount(threads: Int) -> Int {
    switch algorithm {
    case .depthwise, .grouped, .narrow: return 0
    case .winograd, .winograd6:
      return tiles.points * (winogradRows(threads) * (vPitch + mPitch) + 2 * 16)
    case .pointwise: return rows(depth: form.source[1], threads) * Tuning.pitch(form.source[1])
    case .gathered:
      return phases.map { rows(depth: depth($0), threads) * Tuning.pitch(depth($0)) }.max() ?? 0
    }
  }

  /// Blocks of merged groups.
  var blocks: Int { form.groups / merged }

  /// Rows of the weight matrix of one block.
  func depth(_ phase: ConvolutionForm.Phase) -> Int {
    phase.taps.count * form.sourceChannels * merged
  }

  func phaseCount(_ phase: ConvolutionForm.Phase) -> Int {
    kernels.packedCount(depth(phase), form.targetChannels * merged)
  }

  func rows(depth: Int, _ threads: Int) -> Int {
    Tuning.rows(
      depth: depth, total: form.target[0] * form.target[2] * form.target[3], tile: kernels.rows,
      threads: threads)
  }
}
