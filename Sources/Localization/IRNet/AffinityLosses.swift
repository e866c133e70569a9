import Graphs
import Tensors

/// The losses of IRNet as values of rank 0 (Ahn, Cho, Kwak 2019, equations 5 to 9; card 0.5).
package struct AffinityLosses: Sendable {
  /// `(positive + different) / 2 + (foreground + background) / 2`, as in the reference code.
  package let total: Value
  /// Affinity of pairs of one class: half the mean over background pairs of `-ln(a + 1e-5)`, plus
  /// half that over foreground pairs.
  package let positive: Value
  /// The mean over pairs of different classes of `-ln(1 + 1e-5 - a)`.
  package let different: Value
  /// Displacement in objects: the mean over foreground pairs and both components of
  /// `|(D_i - D_j) - (x_j - x_i)|`.
  package let foreground: Value
  /// Displacement in the background: the mean of `|D_i - D_j|`.
  package let background: Value

  /// Added inside the logarithms and to the number of pairs.
  static let epsilon: Float = 1e-5
}

/// The three sets of `PairMasks` as values of a graph.
package struct PairSets: Sendable {
  package let background: Value
  package let foreground: Value
  package let different: Value

  package static let backgroundName = "pairs.background"
  package static let foregroundName = "pairs.foreground"
  package static let differentName = "pairs.different"

  /// As inputs of a graph, under the three names.
  package init(index: PathIndex, images: Int, in graph: inout Graph) {
    let shape = PairMasks.shape(index, images: images)
    background = graph.input(Self.backgroundName, shape)
    foreground = graph.input(Self.foregroundName, shape)
    different = graph.input(Self.differentName, shape)
  }
}

extension PairMasks {
  /// By the names of `PairSets`.
  package var inputs: [String: Tensor] {
    [
      PairSets.backgroundName: background, PairSets.foregroundName: foreground,
      PairSets.differentName: different,
    ]
  }
}

extension Graph {
  /// The largest probability of a boundary on the path of each pair, of edge logits [N, 1, H, W]:
  /// [directions, sources * N], the images innermost; the affinity is 1 less this.
  ///
  /// The gradient goes to the first largest of a path. Holds the probabilities of all paths: at
  /// radius 10 8.5 kB a source and image. Throws `GraphError`.
  package mutating func boundaries(edge: Value, index: PathIndex) throws -> Value {
    let images = shape(of: edge)[0]
    let planes = try cellsFirst(add(Sigmoid(), edge), index)
    var places: [PathIndex.Offset: Int] = [:]
    var offsets: [PathIndex.Offset] = []
    for offset in index.directions.flatMap(\.path) where places[offset] == nil {
      places[offset] = offsets.count
      offsets.append(offset)
    }
    // The sources moved by every offset once; paths then take whole rows.
    let moved = try shifted(planes, by: offsets, index)
    var parts: [Value] = []
    for group in index.groups {
      let paths = index.directions[group].flatMap(\.path).compactMap { places[$0] }
      let all = try add(Gather(axis: 0, indices: paths), moved)
      let form: Shape = [
        group.count, paths.count / group.count, index.sourceCount * images,
      ]
      parts.append(try add(MaxOverAxis(axis: 1), add(Reshape(form), all)))
    }
    return try add(Concat(axis: 0), parts)
  }

  /// Component `axis` (0 down, 1 right) of `D_i - D_j` of a field [N, 2, H, W] for each pair:
  /// [directions, sources * N].
  package mutating func displacementDifferences(
    _ field: Value, component: Int, index: PathIndex
  ) throws -> Value {
    let plane = try add(Slice(axis: 1, start: component, count: 1), field)
    let cells = try cellsFirst(plane, index)
    let sources = try shifted(cells, by: [.init(0, 0)], index)
    let ends = try shifted(cells, by: index.directions.map(\.destination), index)
    return try add(Subtract(), sources, ends)
  }

  /// The losses of edge logits [N, 1, H, W] and displacements [N, 2, H, W] in cells, down and
  /// right, with the mean shift left in. A set without pairs adds 0. Throws `GraphError`.
  package mutating func affinityLosses(
    edge: Value, displacement: Value, pairs: PairSets, index: PathIndex
  ) throws -> AffinityLosses {
    let boundary = try boundaries(edge: edge, index: index)
    let together = try negativeLog(add(Offset(1), add(Scale(-1), boundary)))
    // 1 + 1e-5 - a with a = 1 - boundary, without the cancellation.
    let apart = try negativeLog(boundary)
    let positive = try add(
      Scale(0.5),
      add(Add(), mean(together, over: pairs.background), mean(together, over: pairs.foreground)))
    let different = try mean(apart, over: pairs.different)
    var sums: [[Value]] = [[], []]
    for component in 0...1 {
      let difference = try displacementDifferences(
        displacement, component: component, index: index)
      let way = index.directions.map {
        Float(component == 0 ? $0.destination.row : $0.destination.column)
      }
      let target = constant(Tensor([way.count, 1], way))
      sums[0].append(try add(Abs(), add(Subtract(), difference, target)))
      sums[1].append(try add(Abs(), difference))
    }
    let foreground = try mean(add(Add(), sums[0]), over: pairs.foreground, terms: 2)
    let background = try mean(add(Add(), sums[1]), over: pairs.background, terms: 2)
    let affinity = try add(Scale(0.5), add(Add(), positive, different))
    let shift = try add(Scale(0.5), add(Add(), foreground, background))
    return AffinityLosses(
      total: try add(Add(), affinity, shift), positive: positive, different: different,
      foreground: foreground, background: background)
  }

  /// `-ln(x + 1e-5)`.
  private mutating func negativeLog(_ x: Value) throws -> Value {
    try add(Scale(-1), add(Log(), add(Offset(AffinityLosses.epsilon), x)))
  }

  /// The sum over the pairs of a set, divided by `terms` times their number plus 1e-5.
  private mutating func mean(
    _ x: Value, over pairs: Value, terms: Float = 1
  ) throws -> Value {
    let sum = try add(Sum(axes: [0, 1]), add(Multiply(), x, pairs))
    let count = try add(Scale(terms), add(Sum(axes: [0, 1]), pairs))
    return try add(Divide(), sum, add(Offset(AffinityLosses.epsilon), count))
  }

  /// [N, 1, H, W] as [H * W, N]: the rows that `Gather` copies hold all images.
  private mutating func cellsFirst(_ x: Value, _ index: PathIndex) throws -> Value {
    let form = shape(of: x)
    guard form.rank == 4, form[1] == 1, form[2] == index.rows, form[3] == index.columns else {
      throw GraphError(.shape, at: nodes.count)
    }
    return try add(Permute([1, 0]), add(Reshape([form[0], form[2] * form[3]]), x))
  }

  /// Cells [H * W, N] of the sources moved by each offset: [offsets, sources * N].
  private mutating func shifted(
    _ cells: Value, by offsets: [PathIndex.Offset], _ index: PathIndex
  ) throws -> Value {
    let images = shape(of: cells)[1]
    let all = try add(Gather(axis: 0, indices: offsets.flatMap(index.cells(at:))), cells)
    return try add(Reshape([offsets.count, index.sourceCount * images]), all)
  }
}
