import Tensors

/// When each buffer of a plan is last read, and how much memory is alive at most.
struct Liveness {
  /// Per executed node: the nodes whose buffer dies right after it.
  private(set) var dying: [Int: [Int]] = [:]
  private(set) var peakBytes = 0

  /// The nodes that the outputs depend on, in order.
  static func needed(_ graph: Graph, _ outputs: [Value]) -> [Int] {
    var wanted = [Bool](repeating: false, count: graph.nodes.count)
    for output in outputs { wanted[output.index] = true }
    for index in graph.nodes.indices.reversed() where wanted[index] {
      for input in graph.inputs(of: Value(index: index)) { wanted[input.index] = true }
    }
    return graph.nodes.indices.filter { wanted[$0] }
  }

  init(_ graph: Graph, needed: [Int], outputs: [Value]) {
    let owner = Liveness.owners(graph, needed)
    var last: [Int: Int] = [:]
    for index in needed {
      last[index] = max(last[index] ?? index, index)
      for input in graph.inputs(of: Value(index: index)) { last[input.index] = index }
    }
    // A buffer lives as long as any of the values that share it.
    var end: [Int: Int] = [:]
    for index in needed {
      end[owner[index] ?? index] = max(end[owner[index] ?? index] ?? 0, last[index] ?? index)
    }
    for output in outputs { end[owner[output.index] ?? output.index] = Int.max }
    for index in needed where graph.op(of: Value(index: index)) != nil {
      let time = end[owner[index] ?? index] ?? index
      if time != Int.max { dying[time, default: []].append(index) }
    }
    measure(graph, needed, owner)
  }

  /// The node that made the storage of each node.
  private static func owners(_ graph: Graph, _ needed: [Int]) -> [Int: Int] {
    var owner: [Int: Int] = [:]
    for index in needed {
      guard let op = graph.op(of: Value(index: index)), op.sharesStorage,
        let first = graph.inputs(of: Value(index: index)).first
      else {
        owner[index] = index
        continue
      }
      owner[index] = owner[first.index] ?? first.index
    }
    return owner
  }

  private mutating func measure(_ graph: Graph, _ needed: [Int], _ owner: [Int: Int]) {
    func bytes(_ index: Int) -> Int {
      guard owner[index] == index, graph.op(of: Value(index: index)) != nil else { return 0 }
      return graph.nodes[index].shape.bytes
    }
    var alive = 0
    for index in needed {
      alive += bytes(index)
      peakBytes = max(peakBytes, alive)
      for dead in dying[index] ?? [] { alive -= bytes(dead) }
    }
  }
}

extension Shape {
  /// Bytes of a tensor of this shape.
  var bytes: Int { count * MemoryLayout<Float>.stride }
}
