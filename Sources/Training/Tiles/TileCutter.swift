import Imaging
import Networks

/// Cuts the films of sources into tiles, balanced over classes and films. The same films give the
/// same tiles.
struct TileCutter: Sendable {
  let recipe: TileRecipe

  /// What a tile is good for.
  enum Kind: Hashable {
    case label(Int)
    case mask
  }

  /// By the share of its commonest class, and by how many classes it holds; nil for the rest.
  static func kind(_ classes: ArraySlice<UInt8>, count: Int, dominant: Double) -> Kind? {
    var often = [Int](repeating: 0, count: count)
    for value in classes { often[Int(value)] += 1 }
    let most = often.indices.max { often[$0] < often[$1] } ?? 0
    if Double(often[most]) >= dominant * Double(classes.count) { return .label(most) }
    return often.count(where: { $0 > 0 }) == 2 ? .mask : nil
  }

  /// The tiles of all films, read one after another until enough are there.
  ///
  /// - Parameter films: numbered by source. Throws as `make`.
  func cut(
    _ count: Int, _ make: (Int) throws -> (film: Film, source: Int), shouldStop: () -> Bool
  ) throws -> TileSet? {
    var set = TileSet()
    let perClass = (recipe.tiles.labels + recipe.classes - 1) / recipe.classes
    var open = [Kind: Int]()
    for number in 0..<recipe.classes { open[.label(number)] = perClass }
    open[.mask] = recipe.tiles.masks
    for index in 0..<count {
      if open.values.allSatisfy({ $0 == 0 }) { break }
      if shouldStop() { return nil }
      let (film, source) = try make(index)
      set.films += 1
      guard let classes = TileClasses.make(film, labels: recipe.labels.count) else {
        set.undrawn += 1
        continue
      }
      add(film, classes, source, index, &open, &set)
    }
    return set
  }

  private func add(
    _ film: Film, _ classes: [UInt8], _ source: Int, _ index: Int, _ open: inout [Kind: Int],
    _ set: inout TileSet
  ) {
    var places = places(film.image)
    var random = SeededRandom(seed: recipe.seed, stream: 0x5449_4C45_0000_0000 | UInt64(index))
    random.shuffle(&places)
    var taken = [Kind: Int]()
    for (row, column) in places {
      let map = window(classes, film.image.width, row, column)
      guard
        let kind = Self.kind(map[...], count: recipe.classes, dominant: recipe.tiles.dominant),
        open[kind] ?? 0 > 0, taken[kind] ?? 0 < recipe.tiles.perFilm
      else { continue }
      open[kind]? -= 1
      taken[kind, default: 0] += 1
      let tile = tile(film, map, kind, source, row, column)
      if kind == .mask { set.masked.append(tile) } else { set.labelled.append(tile) }
    }
  }

  private func places(_ image: Image) -> [(row: Int, column: Int)] {
    let (side, step) = (recipe.tiles.side, recipe.tiles.stride)
    guard image.width >= side, image.height >= side else { return [] }
    return stride(from: 0, through: image.height - side, by: step).flatMap { row in
      stride(from: 0, through: image.width - side, by: step).map { (row, $0) }
    }
  }

  private func window<T>(_ cells: [T], _ width: Int, _ row: Int, _ column: Int) -> [T] {
    let side = recipe.tiles.side
    return (row..<row + side).flatMap { cells[$0 * width + column..<$0 * width + column + side] }
  }

  private func tile(
    _ film: Film, _ map: [UInt8], _ kind: Kind, _ source: Int, _ row: Int, _ column: Int
  ) -> TrainingSample {
    let side = recipe.tiles.side
    let base = Image(
      width: side, height: side, pixels: window(film.image.pixels, film.image.width, row, column))
    let prepared = PreparedImage(
      base: base, lung: nil, region: PixelRegion(of: base), sourceWidth: side, sourceHeight: side,
      preparation: TileSet.preparation(side: side))
    var label: Float?
    if case .label(let number) = kind { label = Float(number) }
    var sample = TrainingSample(
      image: prepared, labels: [label], truths: [], patient: film.patient, source: source,
      origin: film.origin)
    // A labelled tile says nothing of its cells.
    sample.seeds = label == nil ? map : nil
    return sample
  }
}
