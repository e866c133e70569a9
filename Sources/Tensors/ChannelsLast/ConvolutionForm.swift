import CKernels

/// One pass of a convolution as the kernels see it: a picture is read, a picture is written.
///
/// The gradient of the input reads the gradient of the output with the weight turned around.
struct ConvolutionForm: Sendable {
  enum Pass: Sendable { case forward, inputGradient }

  let pass: Pass
  let convolution: Convolution
  /// Shapes [N, C, H, W] of what is read and written.
  let source: Shape
  let target: Shape

  init(_ convolution: Convolution, _ pass: Pass) {
    self.convolution = convolution
    self.pass = pass
    source = pass == .forward ? convolution.input : convolution.output
    target = pass == .forward ? convolution.output : convolution.input
  }

  var window: Window { convolution.window }
  var groups: Int { convolution.groups }
  var kernel: Int { convolution.weight[2] }
  var isSquare: Bool { convolution.weight[2] == convolution.weight[3] }
  var taps: Int { convolution.weight[2] * convolution.weight[3] }
  var sourceChannels: Int { source[1] / groups }
  var targetChannels: Int { target[1] / groups }

  /// Floats between weights of neighbouring source and target channels of a group.
  var sourceStride: Int { pass == .forward ? taps : convolution.weight[1] * taps }
  var targetStride: Int { pass == .forward ? convolution.weight[1] * taps : taps }

  /// Floats between the weights of neighbouring groups.
  var groupStride: Int { convolution.weight.count / groups }

  /// The padding of the convolution of stride 1 that this pass is; nil where it is none.
  var unitPadding: Int? {
    guard window.stride == 1, isSquare else { return nil }
    switch pass {
    case .forward: return window.padding
    case .inputGradient:
      let padding = window.dilation * (kernel - 1) - window.padding
      return padding >= 0 ? padding : nil
    }
  }

  /// True where tiles of 3 x 3 Winograd pay: at least `channels` on both sides, and pixels that the
  /// transforms can read.
  func suitsWinograd(channels: Int) -> Bool {
    groups == 1 && kernel == 3 && unitPadding != nil && source[1] >= channels
      && target[1] >= channels && source[1] <= KernelSet.maximumChannels
      && target[2] > 2 && target[3] > 2
      && WinogradTiles.isWorthwhile(target, dilation: window.dilation)
  }

  /// Output cells of equal position modulo the stride read the same taps: one phase.
  struct Phase: Sendable {
    /// The first output cell and the step between cells.
    let row: Int
    let column: Int
    let step: Int
    /// Cells of the phase.
    let height: Int
    let width: Int
    /// Source cells between neighbouring cells of the phase.
    let sourceStep: Int
    let runs: [ck_tap_run]
    /// Indices into the taps of the weight, in the order in which the runs read.
    let taps: [Int]
  }

  var phases: [Phase] { pass == .forward ? [forwardPhase] : gradientPhases }

  private var forwardPhase: Phase {
    let (high, wide) = (convolution.weight[2], convolution.weight[3])
    let runs = (0..<high).map { i in
      ck_tap_run(
        row: Int32(i * window.dilation - window.padding), column: Int32(-window.padding),
        count: Int32(wide), step: Int32(window.dilation))
    }
    return Phase(
      row: 0, column: 0, step: 1, height: target[2], width: target[3], sourceStep: window.stride,
      runs: runs, taps: Array(0..<taps))
  }

  private var gradientPhases: [Phase] {
    let step = window.stride
    func reached(_ phase: Int, _ extent: Int) -> [(tap: Int, offset: Int)] {
      (0..<extent).compactMap { tap in
        let distance = phase + window.padding - tap * window.dilation
        return distance % step == 0 ? (tap, distance / step) : nil
      }
    }
    var phases: [Phase] = []
    for row in 0..<min(step, target[2]) {
      for column in 0..<min(step, target[3]) {
        var runs: [ck_tap_run] = []
        var order: [Int] = []
        for (i, y) in reached(row, convolution.weight[2]) {
          for (j, x) in reached(column, convolution.weight[3]) {
            runs.append(ck_tap_run(row: Int32(y), column: Int32(x), count: 1, step: 1))
            order.append(i * convolution.weight[3] + j)
          }
        }
        phases.append(
          Phase(
            row: row, column: column, step: step, height: (target[2] - row + step - 1) / step,
            width: (target[3] - column + step - 1) / step, sourceStep: 1, runs: runs, taps: order))
      }
    }
    return phases
  }
}
