import Graphs
import Tensors
import Testing

@Suite struct ConcatViewsTests {
  private func place(_ parent: Value, _ channel: Int) -> ConcatViews.Place {
    ConcatViews.Place(parent: parent.index, channelOffset: channel)
  }

  /// Every placed value equals the channels of its parent, and no parent is placed.
  static func check(_ graph: Graph, _ outputs: [Value], seed: UInt64 = 1) throws {
    let numbers = GraphNumbers(graph, seed: seed)
    let places = ConcatViews.places(graph, outputs: outputs)
    let values = try PlanTests.naiveValues(graph, numbers.inputs, numbers.parameters)
    for (index, place) in places {
      #expect(places[place.parent] == nil)
      let count = values[index].shape[1]
      let slice = Slice(axis: 1, start: place.channelOffset, count: count)
      let part = slice.forward([values[place.parent]], in: Workspace(threads: 1))
      #expect(part == values[index])
      guard case .operation(let op, _) = graph.nodes[index].source else {
        Issue.record("a leaf has a place")
        continue
      }
      #expect(!op.sharesStorage)
    }
  }

  /// As PyTorch writes DenseNet: each layer concatenates everything before it.
  @Test func denseBlockLivesInItsLastConcatenation() throws {
    var form = PassGraph()
    var features = [try form.add(MaxPool2d(), form.input([2, 4, 8, 8]))]
    var concats: [Value] = []
    for _ in 0..<4 {
      let all = try form.graph.add(Concat(axis: 1), features)
      concats.append(all)
      features.append(try form.conv(form.relu(form.norm(all)), 2))
    }
    let last = try form.graph.add(Concat(axis: 1), features)
    let places = ConcatViews.places(form.graph, outputs: [last])
    for concat in concats { #expect(places[concat.index] == place(last, 0)) }
    for (index, feature) in features.enumerated() {
      #expect(places[feature.index] == place(last, index == 0 ? 0 : 2 + 2 * index))
    }
    #expect(places.count == 9)
    for concat in concats + [last] {
      #expect(ConcatViews.copies(into: concat, of: form.graph, places: places).isEmpty)
    }
    try Self.check(form.graph, [last])
  }

  /// Each concatenation joins the one before it and something new.
  @Test func nestedConcatenations() throws {
    var form = PassGraph()
    let x = form.input([1, 2, 4, 4])
    let (a, b, c) = (try form.relu(x), try form.add(Tanh(), x), try form.add(Sigmoid(), x))
    let inner = try form.add(Concat(axis: 1), a, b)
    let outer = try form.add(Concat(axis: 1), c, inner)
    // A piece of the flattened list of `outer`, from its middle.
    let piece = try form.add(Concat(axis: 1), c, a)
    let places = ConcatViews.places(form.graph, outputs: [outer, piece])
    #expect(
      places == [
        a.index: place(outer, 2), b.index: place(outer, 4), c.index: place(outer, 0),
        inner.index: place(outer, 2), piece.index: place(outer, 0),
      ])
    try Self.check(form.graph, [outer, piece])
  }

  @Test func skipOfAUNet() throws {
    var form = PassGraph()
    let skip = try form.conv(form.input([1, 2, 4, 4]), 3)
    let up = try form.add(UpsampleNearest(), form.add(MaxPool2d(), skip))
    let joined = try form.add(Concat(axis: 1), skip, up)
    let places = ConcatViews.places(form.graph, outputs: [joined])
    #expect(places == [skip.index: place(joined, 0), up.index: place(joined, 3)])
  }

  @Test func slicesAreViews() throws {
    var form = PassGraph()
    let x = try form.conv(form.input([1, 2, 4, 4]), 6)
    let left = try form.add(Slice(axis: 1, start: 0, count: 4), x)
    let right = try form.add(Slice(axis: 1, start: 1, count: 2), left)
    let rows = try form.add(Slice(axis: 2, start: 0, count: 4), x)
    let other = try form.add(Sigmoid(), x)
    let joined = try form.add(Concat(axis: 1), other, x, right)
    let places = ConcatViews.places(form.graph, outputs: [joined, rows])
    #expect(
      places == [
        other.index: place(joined, 0), x.index: place(joined, 6), left.index: place(joined, 6),
        right.index: place(joined, 7),
      ])
    let copies = ConcatViews.copies(into: joined, of: form.graph, places: places)
    #expect(copies.map(\.input) == [right.index] && copies.map(\.channelOffset) == [12])
    try Self.check(form.graph, [joined, rows])
  }

  /// Leaves, values that share storage, and values that stand twice in one concatenation.
  @Test func whatNeedsACopyHasNoPlace() throws {
    var form = PassGraph()
    let x = form.input([1, 2, 4, 4])
    let known = try form.add(Scale(2), form.parameter([1, 2, 4, 4]))
    let shaped = try form.add(Reshape([1, 2, 4, 4]), form.add(Sigmoid(), form.input([2, 16])))
    let twice = try form.add(Tanh(), x)
    let once = try form.relu(x)
    let inputs = [x, known, shaped, twice, once, twice]
    let joined = try form.graph.add(Concat(axis: 1), inputs)
    let part = try form.add(Slice(axis: 1, start: 0, count: 1), x)
    let places = ConcatViews.places(form.graph, outputs: [joined, part])
    #expect(places == [once.index: place(joined, 8)])
    let copies = ConcatViews.copies(into: joined, of: form.graph, places: places)
    #expect(copies.map(\.channelOffset) == [0, 2, 4, 6, 10])
  }

  /// Equal lists could hold each other, and concatenations that overlap could want one value.
  @Test func noValueHasTwoPlacesAndNoneHoldsItself() throws {
    var form = PassGraph()
    let x = form.input([1, 2, 4, 4])
    let (a, b, c) = (try form.relu(x), try form.add(Tanh(), x), try form.add(Sigmoid(), x))
    let first = try form.add(Concat(axis: 1), a, b)
    let second = try form.add(Concat(axis: 1), a, b)
    let third = try form.add(Concat(axis: 1), b, c)
    let single = try form.add(Concat(axis: 1), first)
    let full = try form.add(Slice(axis: 1, start: 0, count: 4), first)
    let outputs = [first, second, third, single, full]
    let places = ConcatViews.places(form.graph, outputs: outputs)
    #expect(
      places == [
        first.index: place(single, 0), second.index: place(single, 0), full.index: place(single, 0),
        a.index: place(single, 0), b.index: place(third, 0), c.index: place(third, 2),
      ])
    try Self.check(form.graph, outputs)
  }

  @Test func otherAxesAndRanksAreNotPlaced() throws {
    var form = PassGraph()
    let x = form.input([2, 2, 4, 4])
    let (a, b) = (try form.relu(x), try form.add(Tanh(), x))
    let rows = try form.add(Concat(axis: 2), a, b)
    let flat = try form.add(
      Concat(axis: 1), form.add(Sum(axes: [2, 3]), a), form.add(Sum(axes: [2, 3]), b))
    #expect(ConcatViews.places(form.graph, outputs: [rows, flat]).isEmpty)
  }
}
