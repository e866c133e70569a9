import Tensors

/// Turns a graph into steps over buffers: chooses kernels and layouts, puts in conversions, and
/// lets values live inside concatenations.
struct PlanCompiler {
  let graph: Graph
  let options: PlanOptions
  /// Nodes that follow from parameters and constants alone: computed once, when a plan is
  /// prepared.
  let isPrepared: [Bool]
  let places: [Int: ConcatViews.Place]
  private(set) var buffers: [PlannedBuffer] = []
  private(set) var steps: [PlannedStep] = []
  /// Floats of packed weights.
  private(set) var packedCount = 0
  private var known: [Key: Int] = [:]
  private var primary: [Int: TensorLayout] = [:]

  private struct Key: Hashable {
    let node: Int
    let layout: TensorLayout
  }

  init(_ graph: Graph, outputs: [Value], options: PlanOptions) {
    self.graph = graph
    self.options = options
    isPrepared = parameterOnly(graph)
    places = ConcatViews.places(graph, outputs: outputs)
    for index in Liveness.needed(graph, outputs) {
      guard case .operation(let op, let inputs) = graph.nodes[index].source, !isPrepared[index]
      else { continue }
      compile(index, op, inputs.map(\.index))
    }
  }

  /// The buffer of an output, in the layout in which it was made.
  mutating func finished(_ value: Value) -> Int {
    buffer(of: value.index, layout(of: value.index))
  }

  // MARK: one node

  private mutating func compile(_ node: Int, _ op: any Operator, _ inputs: [Int]) {
    if op.sharesStorage, let input = inputs.first {
      alias(node, to: buffer(of: input, .dense))
    } else if let concat = op as? Concat, concat.axis == 1, graph.nodes[node].shape.rank == 4 {
      compileConcat(node)
    } else if let slice = op as? Slice, isView(node, slice, of: inputs[0]) {
      // The input in this layout holds the slice already.
      _ = buffer(of: inputs[0], .channelsLast)
      primary[node] = .channelsLast
      _ = make(node, .channelsLast)
    } else if let kernel = kernel(node, op, inputs) {
      compile(node, kernel, inputs)
    } else {
      let sources = inputs.map { buffer(of: $0, .dense) }
      primary[node] = .dense
      steps.append(
        PlannedStep(
          node: node, action: .forward(op), inputs: sources, output: make(node, .dense)))
    }
  }

  /// True for a slice that has its place in its input, and not in what it is a part of.
  private func isView(_ node: Int, _ slice: Slice, of input: Int) -> Bool {
    guard slice.axis == 1, let place = places[node] else { return false }
    let whole = places[input] ?? ConcatViews.Place(parent: input, channelOffset: 0)
    return place
      == ConcatViews.Place(
        parent: whole.parent, channelOffset: whole.channelOffset + slice.start)
  }

  private func kernel(_ node: Int, _ op: any Operator, _ inputs: [Int]) -> (any PlannedKernel)? {
    guard let op = op as? any PlannableOperator else { return nil }
    return op.kernel(
      inputs.map { graph.nodes[$0].shape }, inputs.map { layout(of: $0) },
      output: graph.nodes[node].shape, options: options)
  }

  private mutating func compile(_ node: Int, _ kernel: any PlannedKernel, _ inputs: [Int]) {
    let packing = kernel.packing
    var sources: [Int] = []
    for (index, input) in inputs.enumerated() {
      sources.append(buffer(of: input, kernel.inputLayouts[index]))
    }
    primary[node] = kernel.outputLayout
    var step = PlannedStep(
      node: node, action: .kernel(kernel), inputs: sources,
      output: make(node, kernel.outputLayout))
    if let packing {
      if comesPrepared(sources[packing.input]) {
        step.packed = .prepared(offset: packedCount)
        packedCount += FloatMemory.rounded(packing.count)
      } else {
        step.packed = .buffer(add([packing.count], .dense, nil))
      }
    }
    steps.append(step)
  }

  private mutating func compileConcat(_ node: Int) {
    let target = make(node, .channelsLast)
    primary[node] = .channelsLast
    // Asking for each part in this layout also converts those that are placed here.
    for input in graph.inputs(of: Value(index: node)) {
      _ = buffer(of: input.index, .channelsLast)
    }
    for (input, offset) in ConcatViews.copies(
      into: Value(index: node), of: graph, places: places)
    {
      let shape = graph.nodes[input].shape
      let part = addView(shape, of: target, channelOffset: offset)
      steps.append(
        PlannedStep(
          node: node, action: .copy, inputs: [buffer(of: input, .channelsLast)], output: part))
    }
  }

  // MARK: buffers

  /// True for what is there before a run: a parameter, a constant, or what follows from them.
  private func comesPrepared(_ buffer: Int) -> Bool {
    guard case .leaf(let node) = buffers[buffer].storage else { return false }
    if case .input = graph.nodes[node].source { return false }
    return true
  }

  private func layout(of node: Int) -> TensorLayout { primary[node] ?? .dense }

  /// The buffer of a node in a layout, converted where it is there in the other one only.
  private mutating func buffer(of node: Int, _ layout: TensorLayout) -> Int {
    if let index = known[Key(node: node, layout: layout)], isDefined(node, layout) { return index }
    if primary[node] == nil { return leaf(node, layout) }
    return convert(node, from: buffer(of: node, self.layout(of: node)), layout)
  }

  /// A place inside a concatenation may be made before its value is there.
  private func isDefined(_ node: Int, _ layout: TensorLayout) -> Bool {
    defined.contains(Key(node: node, layout: layout))
  }

  private var defined: Set<Key> = []

  private mutating func leaf(_ node: Int, _ layout: TensorLayout) -> Int {
    let shape = graph.nodes[node].shape
    let dense = Key(node: node, layout: .dense)
    let index =
      known[dense]
      ?? add(
        PlannedBuffer(
          shape: shape, layout: .dense, storage: .leaf(node: node), pitch: nil, floats: 0))
    known[dense] = index
    defined.insert(dense)
    return layout == .dense ? index : convert(node, from: index, layout)
  }

  private mutating func convert(_ node: Int, from source: Int, _ layout: TensorLayout) -> Int {
    let buffer = buffers[source]
    let isFree = layout == .dense || places[node] == nil
    if buffer.isPlain, isFree {
      let twin = PlannedBuffer(
        shape: buffer.shape, layout: layout, storage: buffer.storage,
        pitch: layout == .dense ? nil : buffer.shape[1], floats: 0)
      let index = add(twin)
      known[Key(node: node, layout: layout)] = index
      defined.insert(Key(node: node, layout: layout))
      return index
    }
    let target = make(node, layout)
    steps.append(
      PlannedStep(
        node: node, action: layout == .dense ? .toDense : .toChannelsLast, inputs: [source],
        output: target))
    return target
  }

  /// A buffer for a value that the next step writes; a placed value gets its range of the parent.
  private mutating func make(_ node: Int, _ layout: TensorLayout) -> Int {
    let key = Key(node: node, layout: layout)
    defined.insert(key)
    return reserve(node, layout)
  }

  private mutating func reserve(_ node: Int, _ layout: TensorLayout) -> Int {
    let key = Key(node: node, layout: layout)
    if let index = known[key] { return index }
    let shape = graph.nodes[node].shape
    let index: Int
    if layout == .channelsLast, let place = places[node] {
      let parent = reserve(place.parent, .channelsLast)
      index = addView(shape, of: parent, channelOffset: place.channelOffset)
    } else {
      index = add(shape.dims, layout, layout == .dense ? nil : shape[1])
    }
    known[key] = index
    return index
  }

  private mutating func add(_ buffer: PlannedBuffer) -> Int {
    buffers.append(buffer)
    return buffers.count - 1
  }

  private mutating func add(_ dims: [Int], _ layout: TensorLayout, _ pitch: Int?) -> Int {
    let shape = Shape(dims)
    let index = buffers.count
    return add(
      PlannedBuffer(
        shape: shape, layout: layout, storage: .arena(root: index, offset: 0), pitch: pitch,
        floats: shape.count))
  }

  private mutating func addView(_ shape: Shape, of parent: Int, channelOffset: Int) -> Int {
    let whole = buffers[parent]
    guard case .arena(let root, let offset) = whole.storage else {
      preconditionFailure("a view of a tensor from outside")
    }
    return add(
      PlannedBuffer(
        shape: shape, layout: .channelsLast,
        storage: .arena(root: root, offset: offset + channelOffset), pitch: whole.pitch, floats: 0))
  }

  /// The same memory under another shape.
  private mutating func alias(_ node: Int, to source: Int) {
    let key = Key(node: node, layout: .dense)
    primary[node] = .dense
    known[key] = add(
      PlannedBuffer(
        shape: graph.nodes[node].shape, layout: .dense, storage: buffers[source].storage,
        pitch: nil, floats: 0))
    defined.insert(key)
  }

  /// Lets the output of a step take over the memory of an input that nobody reads afterwards.
  mutating func reuseInPlace(kept: Set<Int>) {
    var members: [Int: Int] = [:]
    var last: [Int: Int] = [:]
    for buffer in buffers {
      if case .arena(let root, _) = buffer.storage { members[root, default: 0] += 1 }
    }
    for (time, step) in steps.enumerated() {
      for index in step.touched {
        if case .arena(let root, _) = buffers[index].storage { last[root] = time }
      }
    }
    for (time, step) in steps.enumerated() {
      guard case .kernel(let kernel) = step.action, members[step.output] == 1,
        buffers[step.output].storage == .arena(root: step.output, offset: 0)
      else { continue }
      for position in kernel.replaceable {
        let input = step.inputs[position]
        guard case .arena(let root, 0) = buffers[input].storage, last[root] == time,
          members[root] == 1 || reused.contains(root), !kept.contains(root),
          !outlives.contains(root),
          buffers[root].floats == buffers[step.output].floats,
          buffers[input].pitch == buffers[step.output].pitch,
          !step.readsElsewhere(root, than: kernel.replaceable, buffers)
        else { continue }
        let end = last[step.output] ?? time
        buffers[step.output].storage = .arena(root: root, offset: 0)
        reused.insert(root)
        last[root] = end
        if kept.contains(step.output) { outlives.insert(root) }
        break
      }
    }
  }

  private var reused: Set<Int> = []
  /// Roots that came to hold a kept buffer.
  private(set) var outlives: Set<Int> = []
}

extension PlannedStep {
  /// True when an input outside `positions` lies in the memory of `root`: a convolution whose
  /// residual is its own input reads neighbours of what it would overwrite.
  fileprivate func readsElsewhere(
    _ root: Int, than positions: [Int], _ buffers: [PlannedBuffer]
  ) -> Bool {
    inputs.indices.contains { position in
      guard !positions.contains(position),
        case .arena(root, _) = buffers[inputs[position]].storage
      else { return false }
      return true
    }
  }
}
