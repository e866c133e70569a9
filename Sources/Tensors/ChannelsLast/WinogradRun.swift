import CKernels

extension PlannedConvolution {
  /// Floats between the packed matrices of two points; not a multiple of a page.
  var winogradPoint: Int { kernels.packedCount(form.source[1], form.target[1]) + 16 }

  var vPitch: Int { Tuning.pitch(form.source[1]) }
  var mPitch: Int { Tuning.pitch(form.target[1]) }

  var tiles: WinogradTiles {
    WinogradTiles(
      form.target, dilation: form.window.dilation, outputs: algorithm == .winograd6 ? 6 : 4)
  }

  /// Runs of output channels that are dealt to workers apart: where the tiles are few and the
  /// weight is large, each worker reads its part of the weight once, and all transform all tiles.
  private func channelParts(_ threads: Int) -> Int {
    let isFew = tiles.count <= 16 * kernels.rows && packedCount > 1 << 18
    guard threads > 1, isFew else { return 1 }
    return max(1, min(threads, form.target[1] / (2 * kernels.panel)))
  }

  /// Tiles of one worker's block.
  func winogradRows(_ threads: Int) -> Int {
    if channelParts(threads) > 1 { return tiles.count }
    return tiles.rows(source: form.source[1], target: form.target[1], kernels.rows, threads)
  }

  func winograd(_ o: ConvolutionOperands, _ workspace: Workspace) {
    let tiles = tiles
    let rows = winogradRows(workspace.threads)
    var w = tiles.form(x: o.x, y: o.y, padding: form.unitPadding ?? 0)
    w.u = UnsafePointer(o.packed.base)
    w.u_point = winogradPoint
    (w.v_pitch, w.v_point) = (vPitch, rows * vPitch + 16)
    (w.m_pitch, w.m_point) = (mPitch, rows * mPitch + 16)
    w.epilogue = o.epilogue()
    let scratch = workspace.columns(count: tiles.points * (w.v_point + w.m_point))
    let shared = Shared((w, kernels.table))
    let parts = channelParts(workspace.threads)
    let panels = (form.target[1] + kernels.panel - 1) / kernels.panel
    let step = (panels + parts - 1) / parts * kernels.panel
    Parallel.forEach(
      count: (tiles.count + rows - 1) / rows * parts, width: workspace.threads
    ) { index, worker in
      var (w, table) = shared.value
      let (block, first) = (index / parts, index % parts * step)
      guard first < w.out_channels else { return }
      w.take(first..<min(w.out_channels, first + step))
      let v = scratch[worker].base
      table.pointee.winograd_block(
        &w, block * rows, min(tiles.count, (block + 1) * rows), v,
        v + tiles.points * w.v_point)
    }
  }
}

extension ck_winograd {
  /// Leaves these output channels alone; they begin at a whole panel of the weight.
  fileprivate mutating func take(_ channels: Range<Int>) {
    let first = channels.lowerBound
    u += first * in_channels
    y += first
    out_channels = channels.count
    epilogue.bias = epilogue.bias.map { $0 + first }
    epilogue.residual = epilogue.residual.map { $0 + first }
  }
}

/// The tiles of a picture, interleaved where it is dilated.
struct WinogradTiles: Sendable {
  let shape: Shape
  let dilation: Int
  /// Cells that a tile writes along an axis: 4 or 6.
  let outputs: Int

  init(_ shape: Shape, dilation: Int, outputs: Int = 4) {
    self.shape = shape
    self.dilation = dilation
    self.outputs = outputs
  }

  /// True where tiles of 6 x 6 cells are faster than those of 4 x 4: their products do 64 / 36 of
  /// the work of a tile, run at 95 % of the speed, and reading their weights costs what eight tiles
  /// cost (fitted to 16 to 512 channels and 24 to 512 cells along an axis).
  static func paysSix(_ shape: Shape, _ dilation: Int) -> Bool {
    func cost(_ outputs: Int) -> Int {
      let tiles = WinogradTiles(shape, dilation: dilation, outputs: outputs)
      return tiles.points * (tiles.count + 8)
    }
    let extent = (min(shape[2], shape[3]) + dilation - 1) / dilation
    return extent >= 24 && 20 * cost(6) < 19 * cost(4)
  }

  /// Cells that a tile reads.
  var points: Int { (outputs + 2) * (outputs + 2) }

  /// Tiles along one axis of an interleaved picture.
  private func along(_ extent: Int) -> Int {
    ((extent + dilation - 1) / dilation + outputs - 1) / outputs
  }

  var count: Int { shape[0] * dilation * dilation * along(shape[2]) * along(shape[3]) }

  /// False where the taps lie so far apart that most of the tiles are padding: the tiles grow with
  /// the square of the dilation, and a file may ask for any.
  static func isWorthwhile(_ shape: Shape, dilation: Int) -> Bool {
    guard dilation < max(shape[2], shape[3]) else { return false }
    // A tile is 36 products, and a pixel 9 of another algorithm.
    let tiles = WinogradTiles(shape, dilation: dilation).count
    return 4 * tiles <= shape[0] * shape[2] * shape[3]
  }

  /// Tiles of a block whose scratch memory stays near the core, and which still amortises the
  /// reading of the weight.
  func rows(source: Int, target: Int, _ tile: Int, _ threads: Int) -> Int {
    let most = 16 * tile
    let few = outputs == 6 ? 3 * tile : 4 * tile
    let isShort = outputs == 4 && (source + target <= 128 || count <= most)
    let rows = source + target > 512 || isShort ? most : few
    let share = (count + threads - 1) / threads
    // Few tiles: a share for each worker, so that each reads the weight once.
    if threads > 1, share <= most { return max(1, min(share, rows)) }
    return min(rows, max(count, 1))
  }

  func form(x: PixelView, y: PixelView, padding: Int) -> ck_winograd {
    var w = ck_winograd()
    w.x = UnsafePointer(x.base)
    w.x_pitch = x.pitch
    (w.height, w.width, w.in_channels) = (x.height, x.width, x.channels)
    w.y = y.base
    w.y_pitch = y.pitch
    (w.out_height, w.out_width, w.out_channels) = (y.height, y.width, y.channels)
    (w.images, w.padding, w.dilation, w.outputs) = (x.images, padding, dilation, outputs)
    (w.tiles_high, w.tiles_wide) = (along(shape[2]), along(shape[3]))
    return w
  }
}
