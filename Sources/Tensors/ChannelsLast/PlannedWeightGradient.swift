import CKernels

/// The gradient of the weight of a convolution from channels-last pictures.
///
/// Pixels or tiles are summed in pieces whose size depends on the shapes alone, one after the
/// other; the pieces of the weight are what is dealt to workers, so that the bits do not depend
/// on their number. By Winograd it is always F(4x4, 3x3).
package struct PlannedWeightGradient: Sendable {
  let form: ConvolutionForm
  let kernels: KernelSet
  let isWinograd: Bool

  package init(
    _ convolution: Convolution, choice: ConvolutionChoice = .standard, kernels: KernelSet = .best
  ) {
    form = ConvolutionForm(convolution, .forward)
    self.kernels = kernels
    isWinograd =
      choice != .exact && form.suitsWinograd(channels: 16)
      && form.target[1] <= KernelSet.maximumChannels
  }

  /// Few targets against many columns: the sums are kept transposed, so that vectors are full.
  private var isTurned: Bool { targets < 8 && depth >= 8 }

  /// Channels that the sums of one block are wide; rows and columns of its matrix.
  private var targets: Int { form.targetChannels }
  private var depth: Int { form.taps * form.sourceChannels }

  /// Floats of scratch memory shared by the workers.
  package var scratchCount: Int {
    if isWinograd {
      let rows = tileRows
      return 36 * (rows * (vPitch + mPitch) + 32) + 36 * sumPoint
    }
    return depth * targets + pixelRows * Tuning.pitch(depth)
  }

  private var vPitch: Int { Tuning.pitch(form.source[1]) }
  private var mPitch: Int { Tuning.pitch(form.target[1]) }
  private var sumPoint: Int { form.source[1] * mPitch + 16 }

  /// Tiles of one piece: long enough to amortise the reading of the sums.
  private var tileRows: Int {
    let tiles = WinogradTiles(form.target, dilation: form.window.dilation).count
    return min(tiles, max(96, (1 << 19) / (36 * (form.source[1] + form.target[1]))))
  }

  /// Pixels of one piece.
  private var pixelRows: Int {
    min(form.target[2] * form.target[3], max(128, (1 << 19) / max(1, depth)))
  }

  /// Writes `dw` [O, C / groups, KH, KW] from the input `x` and the gradient `dy` of the output.
  package func run(x: PixelView, dy: PixelView, into dw: Cells, _ workspace: Workspace) {
    if x.pixels == 0 {
      dw.fill(0, form.convolution.weight.count)
    } else if isWinograd {
      winograd(x, dy, dw, workspace)
    } else {
      for group in 0..<form.groups { gathered(group, x, dy, dw, workspace) }
    }
  }

  private func winograd(_ x: PixelView, _ dy: PixelView, _ dw: Cells, _ workspace: Workspace) {
    let tiles = WinogradTiles(form.target, dilation: form.window.dilation)
    let rows = tileRows
    var w = tiles.form(x: x, y: dy, padding: form.window.padding)
    (w.v_pitch, w.v_point) = (vPitch, rows * vPitch + 16)
    (w.m_pitch, w.m_point) = (mPitch, rows * mPitch + 16)
    let v = workspace.shared(count: scratchCount)
    let m = v + 36 * w.v_point
    let sums = m + 36 * w.m_point
    let shared = Shared((w, kernels.table))
    let grain = 8
    for first in stride(from: 0, to: tiles.count, by: rows) {
      let count = min(rows, tiles.count - first)
      Parallel.forRanges(count: count, grain: grain, width: workspace.threads) { range in
        var (w, table) = shared.value
        let (low, high) = (first + range.lowerBound, first + range.upperBound)
        table.pointee.winograd_input(&w, low, high, (v + range.lowerBound * w.v_pitch).base)
        table.pointee.winograd_gradient(&w, low, high, (m + range.lowerBound * w.m_pitch).base)
      }
      Parallel.forEach(count: 36, width: workspace.threads) { point in
        let (w, table) = shared.value
        var g = ck_gemm_tn()
        g.a = UnsafePointer((v + point * w.v_point).base)
        g.a_pitch = w.v_pitch
        g.b = UnsafePointer((m + point * w.m_point).base)
        g.b_pitch = w.m_pitch
        g.c = (sums + point * sumPoint).base
        g.c_pitch = mPitch
        (g.m, g.n, g.k) = (count, form.target[1], form.source[1])
        g.accumulate = first == 0 ? 0 : 1
        table.pointee.gemm_tn(&g)
      }
    }
    Parallel.forRanges(count: form.source[1], grain: 8, width: workspace.threads) { range in
      shared.value.1.pointee.winograd_weight_gradient(
        sums.base, sumPoint, mPitch, form.target[1], form.source[1], range.lowerBound,
        range.upperBound, dw.base)
    }
  }

  private func gathered(
    _ group: Int, _ x: PixelView, _ dy: PixelView, _ dw: Cells, _ workspace: Workspace
  ) {
    let phase = form.phases[0]
    let (depth, targets, rows) = (depth, targets, pixelRows)
    let isDirect = form.taps == 1 && form.window.stride == 1 && form.window.padding == 0
    let pitch = isDirect ? x.pitch : Tuning.pitch(depth)
    let sums = workspace.shared(count: scratchCount)
    let columns = sums + depth * targets
    let cells = phase.height * phase.width
    let operands = ConvolutionOperands(x: x, packed: columns, y: dy)
    for image in 0..<x.images {
      for first in stride(from: 0, to: cells, by: rows) {
        let count = min(rows, cells - first)
        if !isDirect { fill(operands, phase, group, image, first, count, columns, workspace) }
        let a = isDirect ? x.cells + (image * cells + first) * pitch + group * depth : columns
        let b = dy.cells + (image * cells + first) * dy.pitch + group * targets
        let strip = isTurned ? 64 : 4 * kernels.rows
        let isFirst = image == 0 && first == 0
        Parallel.forRanges(count: depth, grain: strip, width: workspace.threads) { range in
          var g = ck_gemm_tn()
          g.accumulate = isFirst ? 0 : 1
          let part = a + range.lowerBound
          if isTurned {
            (g.a, g.a_pitch) = (UnsafePointer(b.base), dy.pitch)
            (g.b, g.b_pitch) = (UnsafePointer(part.base), pitch)
            (g.c, g.c_pitch) = ((sums + range.lowerBound).base, depth)
            (g.m, g.n, g.k) = (count, range.count, targets)
          } else {
            (g.a, g.a_pitch) = (UnsafePointer(part.base), pitch)
            (g.b, g.b_pitch) = (UnsafePointer(b.base), dy.pitch)
            (g.c, g.c_pitch) = ((sums + range.lowerBound * targets).base, targets)
            (g.m, g.n, g.k) = (count, targets, range.count)
          }
          kernels.table.pointee.gemm_tn(&g)
        }
      }
    }
    store(sums, group, dw, workspace.threads)
  }

  private func fill(
    _ operands: ConvolutionOperands, _ phase: ConvolutionForm.Phase, _ group: Int, _ image: Int,
    _ first: Int, _ count: Int, _ columns: Cells, _ workspace: Workspace
  ) {
    let pitch = Tuning.pitch(depth)
    Parallel.forRanges(count: count, grain: 32, width: workspace.threads) { range in
      let channels = form.sourceChannels
      operands.gather(
        phase, channels: group * channels..<(group + 1) * channels, image: image,
        cells: first + range.lowerBound..<first + range.upperBound,
        into: columns + range.lowerBound * pitch, pitch: pitch, kernels)
    }
  }

  /// Sums [tap, source, target], or [target, tap, source], to [target, source, tap].
  private func store(_ sums: Cells, _ group: Int, _ dw: Cells, _ threads: Int) {
    let (sources, targets, taps) = (form.sourceChannels, targets, form.taps)
    let to = dw + group * form.groupStride
    Parallel.forEach(count: sources, width: threads) { source in
      for tap in 0..<taps {
        let column = tap * sources + source
        let from = (sums + column * (isTurned ? 1 : targets)).base
        let step = isTurned ? depth : 1
        for target in 0..<targets {
          to.base[(target * sources + source) * taps + tap] = from[target * step]
        }
      }
    }
  }
}
