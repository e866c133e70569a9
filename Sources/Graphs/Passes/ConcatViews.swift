import Tensors

/// Which values can live inside the memory of another, at a channel offset.
///
/// A part of a concatenation along axis 1 can be written straight into it; a concatenation whose
/// list of parts is a piece of the list of a larger one is a view of that (DenseNet as PyTorch
/// writes it: each layer concatenates all features before it); a slice along axis 1 is a view of
/// its input. Each value has at most one place, and a placed value always equals the channels of
/// its parent that begin at its offset, over the whole batch and plane.
///
/// Inputs of a concatenation that are not where it needs them must be copied (`copies`): graph
/// inputs, what no input reaches, what shares the storage of another value, what is a part of the
/// same concatenation twice, and what already lives elsewhere. The memory of a parent lives from
/// the first write of a value in it to the last read of one, and none of these values may be
/// overwritten in place while the others are read.
package enum ConcatViews {
  /// A parent, which has no place itself, and the channel of it where the value begins.
  package struct Place: Hashable, Sendable {
    package let parent: Int
    package let channelOffset: Int

    package init(parent: Int, channelOffset: Int) {
      self.parent = parent
      self.channelOffset = channelOffset
    }
  }

  /// The places by node, resolved to the outermost parent.
  package static func places(_ graph: Graph, outputs: [Value]) -> [Int: Place] {
    var plan = Placing(graph, outputs)
    plan.placeSlices()
    plan.placeConcats()
    return plan.resolved
  }

  /// The inputs of a concatenation that are not in place, and the channel of the concatenation
  /// where each begins; an input that is there twice may be listed once.
  package static func copies(
    into concat: Value, of graph: Graph, places: [Int: Place]
  ) -> [(input: Int, channelOffset: Int)] {
    func place(_ index: Int) -> Place { places[index] ?? Place(parent: index, channelOffset: 0) }
    let own = place(concat.index)
    var start = 0
    var list: [(input: Int, channelOffset: Int)] = []
    for input in graph.inputs(of: concat) {
      let wanted = Place(parent: own.parent, channelOffset: own.channelOffset + start)
      if place(input.index) != wanted { list.append((input.index, start)) }
      start += graph.shape(of: input)[1]
    }
    return list
  }
}

extension ConcatViews {
  private struct Placing {
    let graph: Graph
    let needed: [Int]
    /// Values with memory of their own: they may be placed, and others may be placed in them.
    let free: [Bool]
    var places: [Int: Place] = [:]

    init(_ graph: Graph, _ outputs: [Value]) {
      self.graph = graph
      needed = Liveness.needed(graph, outputs)
      let reached = graph.dependsOnInputs
      free = graph.nodes.indices.map { index in
        guard let op = graph.op(of: Value(index: index)), !op.sharesStorage else { return false }
        return reached[index] && graph.nodes[index].shape.rank == 4
      }
    }

    mutating func placeSlices() {
      for index in needed where free[index] {
        guard let slice = graph.op(of: Value(index: index)) as? Slice, slice.axis == 1 else {
          continue
        }
        let source = graph.inputs(of: Value(index: index))[0].index
        if free[source] { places[index] = Place(parent: source, channelOffset: slice.start) }
      }
    }

    /// The largest first, so that the parents are known before what lies in them. Parents come
    /// earlier in this order than their children, hence there are no cycles.
    mutating func placeConcats() {
      let concats = needed.filter(isConcat)
      let lists = flatten(concats)
      let order = concats.sorted { (channels($0), $0) > (channels($1), $1) }
      for (rank, concat) in order.enumerated() {
        for larger in order[..<rank] {
          if let offset = offset(of: concat, in: larger, lists) {
            places[concat] = Place(parent: larger, channelOffset: offset)
            break
          }
        }
        for (part, offset) in parts(of: concat) where free[part] && !isConcat(part) {
          if places[part] == nil { places[part] = Place(parent: concat, channelOffset: offset) }
        }
      }
    }

    /// Places relative to the outermost parents.
    var resolved: [Int: Place] {
      var result: [Int: Place] = [:]
      for index in places.keys {
        var (parent, offset) = (index, 0)
        while let place = places[parent] {
          parent = place.parent
          offset += place.channelOffset
        }
        result[index] = Place(parent: parent, channelOffset: offset)
      }
      return result
    }

    private func isConcat(_ index: Int) -> Bool {
      guard free[index], let op = graph.op(of: Value(index: index)) as? Concat else { return false }
      return op.axis == 1
    }

    private func channels(_ index: Int) -> Int { graph.nodes[index].shape[1] }

    private func inputs(_ index: Int) -> [Int] {
      graph.inputs(of: Value(index: index)).map(\.index)
    }

    /// The inputs that are there once, and where they begin.
    private func parts(of concat: Int) -> [(part: Int, offset: Int)] {
      let inputs = inputs(concat)
      var start = 0
      var list: [(part: Int, offset: Int)] = []
      for part in inputs {
        if inputs.count(where: { $0 == part }) == 1 { list.append((part, start)) }
        start += channels(part)
      }
      return list
    }

    /// By concatenation the values it joins, those of concatenations in it read through.
    private func flatten(_ concats: [Int]) -> [Int: [Int]] {
      var lists: [Int: [Int]] = [:]
      for concat in concats { lists[concat] = inputs(concat).flatMap { lists[$0] ?? [$0] } }
      return lists
    }

    /// The channel of `larger` where the values of `concat` stand as one run.
    private func offset(of concat: Int, in larger: Int, _ lists: [Int: [Int]]) -> Int? {
      if inputs(larger).contains(concat) {
        return parts(of: larger).first { $0.part == concat }?.offset
      }
      guard let run = lists[concat], let list = lists[larger], run.count <= list.count else {
        return nil
      }
      let starts = 0...list.count - run.count
      guard let start = starts.first(where: { list[$0..<$0 + run.count].elementsEqual(run) })
      else { return nil }
      return list[..<start].reduce(0) { $0 + channels($1) }
    }
  }
}
