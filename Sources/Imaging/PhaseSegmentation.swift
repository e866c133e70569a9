/// Parts a picture into phases of like brightness by iterated conditional modes (Besag 1986): the
/// smallest `sum_i (I_i - mu_l(i))^2 / (2 s^2) + beta * #{neighbours of another phase}` that single cells
/// changing in turn arrive at. Neighbours are the eight around a cell, those outside the mask left out.
///
/// Feng et al. 2017 name the method of Israel-Jost et al. 2008 with four phases and no constants: the
/// start, `beta`, and the end of the sweeps are ours.
package struct PhaseSegmentation: Sendable {
  /// By cell, its phase from 0, the darkest; -1 outside the mask.
  package private(set) var phases: [Int]
  /// Of each phase, ascending at the start.
  package private(set) var means: [Double]
  /// Standard deviation of all cells about the means that they start from.
  package let deviation: Double

  /// Sweeps end when fewer cells change.
  private static let leastChange = 0.001

  /// From classes of the largest variance between classes (`MultiOtsu`): phases are those, `s` the
  /// deviation within them. nil where the cells have fewer values than phases.
  package init?(
    _ image: Image, inside mask: Mask, phases count: Int = 4, beta: Double = 1.5, sweeps: Int = 20
  ) {
    let values = image.values(inside: mask)
    guard let cuts = MultiOtsu(values, classes: count)?.edges else { return nil }
    var (sums, squares, sizes) = (
      [Double](repeating: 0, count: count), 0.0, [Double](repeating: 0, count: count)
    )
    for value in values {
      let phase = cuts.count { value >= $0 }
      sums[phase] += Double(value)
      sizes[phase] += 1
    }
    guard sizes.allSatisfy({ $0 > 0 }) else { return nil }
    let means = zip(sums, sizes).map { $0 / $1 }
    for value in values {
      let off = Double(value) - means[cuts.count { value >= $0 }]
      squares += off * off
    }
    let deviation = (squares / Double(values.count)).squareRoot()
    guard deviation > 0 else { return nil }
    self.init(
      image, inside: mask, means: means, deviation: deviation, beta: beta, sweeps: sweeps)
  }

  /// From known means. Cells start in the phase of the nearest one.
  /// - Parameters:
  ///   - means: ascending.
  ///   - deviation: `s`, above 0.
  ///   - sweeps: the most; in each, cells change in raster order and means follow at its end.
  package init(
    _ image: Image, inside mask: Mask, means: [Double], deviation: Double, beta: Double,
    sweeps: Int = 20
  ) {
    precondition(deviation > 0 && !means.isEmpty)
    self.means = means
    self.deviation = deviation
    let cells = mask.bits.indices.filter { mask.bits[$0] != 0 }
    phases = [Int](repeating: -1, count: mask.bits.count)
    for cell in cells {
      let value = Double(image.pixels[cell])
      phases[cell] = means.indices.min { abs(value - means[$0]) < abs(value - means[$1]) } ?? 0
    }
    for _ in 0..<sweeps {
      let changed = sweep(cells, image, beta)
      follow(cells, image)
      if Double(changed) < Self.leastChange * Double(cells.count) { break }
    }
  }

  /// - Returns: how many cells changed.
  private mutating func sweep(_ cells: [Int], _ image: Image, _ beta: Double) -> Int {
    var changed = 0
    var alike = [Int](repeating: 0, count: means.count)
    for cell in cells {
      for phase in alike.indices { alike[phase] = 0 }
      var around = 0
      Watershed.forEachNeighbour(of: cell, image.width, image.height, .all) { other in
        guard phases[other] >= 0 else { return }
        alike[phases[other]] += 1
        around += 1
      }
      var (best, least) = (phases[cell], Double.infinity)
      for phase in means.indices {
        let off = (Double(image.pixels[cell]) - means[phase]) / deviation
        let energy = off * off / 2 + beta * Double(around - alike[phase])
        if energy < least { (best, least) = (phase, energy) }
      }
      if best != phases[cell] { changed += 1 }
      phases[cell] = best
    }
    return changed
  }

  /// The means of the cells of each phase; a phase that lost all of them keeps its own.
  private mutating func follow(_ cells: [Int], _ image: Image) {
    var (sums, sizes) = (
      [Double](repeating: 0, count: means.count), [Double](repeating: 0, count: means.count)
    )
    for cell in cells {
      sums[phases[cell]] += Double(image.pixels[cell])
      sizes[phases[cell]] += 1
    }
    for phase in means.indices where sizes[phase] > 0 { means[phase] = sums[phase] / sizes[phase] }
  }

  /// The cells of this phase and all brighter ones.
  package func mask(from phase: Int, width: Int, height: Int) -> Mask {
    Mask(width: width, height: height, bits: phases.map { $0 >= phase ? 1 : 0 })
  }
}
