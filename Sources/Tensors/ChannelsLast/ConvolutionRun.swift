import CKernels

/// The tensors of one run of a `PlannedConvolution`.
package struct ConvolutionOperands: Sendable {
  package var x: PixelView
  package var packed: Cells
  /// One a target channel.
  package var bias: Cells?
  /// One a source channel each: `relu(scale * x + shift)` is convolved.
  package var inputScale: Cells?
  package var inputShift: Cells?
  package var y: PixelView
  package var finish: Finish

  package init(
    x: PixelView, packed: Cells, bias: Cells? = nil, inputScale: Cells? = nil,
    inputShift: Cells? = nil, y: PixelView, finish: Finish = Finish()
  ) {
    self.x = x
    self.packed = packed
    self.bias = bias
    self.inputScale = inputScale
    self.inputShift = inputShift
    self.y = y
    self.finish = finish
  }

  /// The epilogue for output that starts at `pixel`, at channel `channel`.
  func epilogue(pixel: Int = 0, channel: Int = 0) -> ck_epilogue {
    var e = ck_epilogue()
    e.bias = bias.map { UnsafePointer($0.base + channel) }
    if let residual = finish.residual {
      e.residual = UnsafePointer(residual.pixel(pixel) + channel)
      e.residual_pitch = residual.pitch
    }
    e.set(finish.activation)
    return e
  }
}

extension ck_epilogue {
  mutating func set(_ chosen: Activation) {
    switch chosen {
    case .none: activation = Int32(CK_NONE.rawValue)
    case .relu: activation = Int32(CK_RELU.rawValue)
    case .leakyRelu(let value):
      activation = Int32(CK_LEAKY_RELU.rawValue)
      slope = value
    }
  }
}

extension PlannedConvolution {
  /// Runs the pass; the shapes of the views are those of the convolution.
  package func run(_ operands: ConvolutionOperands, _ workspace: Workspace) {
    switch algorithm {
    case .pointwise: pointwise(operands, workspace)
    case .winograd, .winograd6: winograd(operands, workspace)
    case .gathered: gathered(operands, workspace)
    case .depthwise, .grouped, .narrow: direct(operands, workspace)
    }
  }

  private func pointwise(_ o: ConvolutionOperands, _ workspace: Workspace) {
    let (pixels, k, n) = (o.y.pixels, form.source[1], form.target[1])
    let rows = rows(depth: k, workspace.threads)
    // Rows a multiple of 2 KiB apart would evict each other from the first-level cache.
    let copies = o.inputScale != nil || (o.x.pitch % 512 == 0 && n > 32)
    let pitch = Tuning.pitch(k)
    let scratch = copies ? workspace.columns(count: rows * pitch) : []
    let table = Shared(kernels.table)
    Parallel.forEach(count: (pixels + rows - 1) / rows, width: workspace.threads) { index, worker in
      let first = index * rows
      let count = min(rows, pixels - first)
      var g = ck_gemm()
      g.a = UnsafePointer(o.x.pixel(first))
      g.a_pitch = o.x.pitch
      if copies {
        let run = ck_tap_run(row: 0, column: 0, count: 1, step: 1)
        withUnsafePointer(to: run) { run in
          var gather = o.gather(width: pixels, channel: 0, channels: k)
          gather.runs = run
          gather.run_count = 1
          table.value.pointee.gather(&gather, 0, first, first + count, scratch[worker].base, pitch)
        }
        g.a = UnsafePointer(scratch[worker].base)
        g.a_pitch = pitch
      }
      g.b = UnsafePointer(o.packed.base)
      g.c = o.y.pixel(first)
      g.c_pitch = o.y.pitch
      (g.m, g.n, g.k) = (count, n, k)
      g.epilogue = o.epilogue(pixel: first)
      table.value.pointee.gemm(&g)
    }
  }

  private func gathered(_ o: ConvolutionOperands, _ workspace: Workspace) {
    var offset = 0
    for phase in phases {
      if phase.taps.isEmpty {
        clear(phase, o)
      } else {
        gathered(phase, o, o.packed + offset, workspace)
      }
      offset += blocks * phaseCount(phase)
    }
  }

  private func gathered(
    _ phase: ConvolutionForm.Phase, _ o: ConvolutionOperands, _ packed: Cells,
    _ workspace: Workspace
  ) {
    let depth = depth(phase)
    let rows = rows(depth: depth, workspace.threads)
    let pitch = Tuning.pitch(depth)
    let cells = phase.height * phase.width
    let perImage = (cells + rows - 1) / rows
    let scratch = workspace.columns(count: rows * pitch)
    Parallel.forEach(count: o.y.images * perImage, width: workspace.threads) { index, worker in
      let image = index / perImage
      let first = index % perImage * rows
      let last = min(cells, first + rows)
      let columns = scratch[worker]
      for block in 0..<blocks {
        let channels = form.sourceChannels * merged
        o.gather(
          phase, channels: block * channels..<(block + 1) * channels, image: image,
          cells: first..<last, into: columns, pitch: pitch, kernels)
        multiply(
          phase, o, packed + block * phaseCount(phase), columns, pitch, image, first..<last, block)
      }
    }
  }

  /// Multiplies gathered rows and stores them; cells of a phase of step above 1 lie apart.
  private func multiply(
    _ phase: ConvolutionForm.Phase, _ o: ConvolutionOperands, _ packed: Cells, _ columns: Cells,
    _ pitch: Int, _ image: Int, _ cells: Range<Int>, _ block: Int
  ) {
    let n = form.targetChannels * merged
    var at = cells.lowerBound
    while at < cells.upperBound {
      let (i, j) = (at / phase.width, at % phase.width)
      let end = phase.step == 1 ? cells.upperBound : min(cells.upperBound, (i + 1) * phase.width)
      let row = phase.row + i * phase.step
      let pixel = (image * o.y.height + row) * o.y.width + phase.column + j * phase.step
      var g = ck_gemm()
      g.a = UnsafePointer(columns.base + (at - cells.lowerBound) * pitch)
      g.a_pitch = pitch
      g.b = UnsafePointer(packed.base)
      g.c = o.y.pixel(pixel) + block * n
      g.c_pitch = o.y.pitch * phase.step
      (g.m, g.n, g.k) = (end - at, n, depth(phase))
      g.epilogue = o.epilogue(pixel: pixel, channel: block * n)
      g.epilogue.residual_pitch *= phase.step
      kernels.table.pointee.gemm(&g)
      at = end
    }
  }

  /// A phase that no tap reaches: the value before bias, residual and activation is 0.
  private func clear(_ phase: ConvolutionForm.Phase, _ o: ConvolutionOperands) {
    let zeros = [Float](repeating: 0, count: o.y.channels)
    for image in 0..<o.y.images {
      for i in 0..<phase.height {
        let row = (image * o.y.height + phase.row + i * phase.step) * o.y.width + phase.column
        for j in 0..<phase.width {
          let pixel = row + j * phase.step
          var e = o.epilogue(pixel: pixel)
          kernels.table.pointee.affine(
            zeros, 0, 1, o.y.channels, nil, e.bias, &e, o.y.pixel(pixel), o.y.pitch)
        }
      }
    }
  }

  /// Straight from the picture, one row of output a piece of work.
  private func direct(_ o: ConvolutionOperands, _ workspace: Workspace) {
    var window = ck_window(x: o.x, y: o.y)
    window.kernel = form.kernel
    (window.stride, window.padding) = directWindow
    window.dilation = form.window.dilation
    let shared = Shared((window, o.epilogue(), kernels.table))
    let algorithm = algorithm
    let (size, outputs) = (form.sourceChannels, form.target[1])
    Parallel.forEach(count: o.y.images * o.y.height, width: workspace.threads) { line in
      var (window, epilogue, table) = shared.value
      let (image, row, packed) = (line / o.y.height, line % o.y.height, o.packed.base)
      switch algorithm {
      case .narrow:
        table.pointee.narrow_row(&window, image, row, packed, outputs, &epilogue)
      case .grouped: table.pointee.grouped_row(&window, image, row, size, packed, &epilogue)
      default: table.pointee.depthwise_row(&window, image, row, packed, &epilogue)
      }
    }
  }
}

extension ConvolutionOperands {
  /// A gather of `channels` from `channel` of pictures of one row of `width` pixels; callers
  /// change what differs.
  func gather(width: Int, channel: Int, channels: Int) -> ck_gather {
    var g = ck_gather()
    g.x = UnsafePointer(x.base)
    g.pitch = x.pitch
    (g.height, g.width) = (1, width)
    (g.channel, g.channels) = (channel, channels)
    (g.grid_height, g.grid_width) = (1, width)
    (g.row_step, g.column_step) = (1, 1)
    g.scale = inputScale.map { UnsafePointer($0.base + channel) }
    g.shift = inputShift.map { UnsafePointer($0.base + channel) }
    return g
  }

  /// Rows `cells` of the column matrix of a phase, from a range of channels of picture `image`,
  /// `pitch` floats apart in `columns`.
  func gather(
    _ phase: ConvolutionForm.Phase, channels: Range<Int>, image: Int, cells: Range<Int>,
    into columns: Cells, pitch: Int, _ kernels: KernelSet
  ) {
    phase.runs.withUnsafeBufferPointer { runs in
      var g = gather(width: x.width, channel: channels.lowerBound, channels: channels.count)
      g.height = x.height
      (g.grid_height, g.grid_width) = (phase.height, phase.width)
      (g.row_step, g.column_step) = (phase.sourceStep, phase.sourceStep)
      g.runs = runs.baseAddress
      g.run_count = runs.count
      kernels.table.pointee.gather(
        &g, image, cells.lowerBound, cells.upperBound, columns.base, pitch)
    }
  }
}

extension ck_window {
  init(x: PixelView, y: PixelView) {
    self.init()
    self.x = UnsafePointer(x.base)
    x_pitch = x.pitch
    (height, width) = (x.height, x.width)
    self.y = y.base
    y_pitch = y.pitch
    (out_height, out_width) = (y.height, y.width)
    channels = x.channels
    (kernel, stride, padding, dilation) = (1, 1, 0, 1)
  }
}
