import Imaging

/// How the outlines of several readers become one.
package enum ReaderConsensus: String, Sendable, Codable, CaseIterable {
  /// The probability of the truth is a half and more (`STAPLE`), as Feng et al. 2017 merge them.
  case staple
  /// Two readers and more.
  case two
  /// Half, and more, of the readers who marked this nodule (what `pylidc.utils.consensus` gives at .5, a
  /// slice at a time).
  case half

  /// Around the marks, in pixels: what STAPLE sees of the slice (ours; over a whole slice of background
  /// every reader is near perfect, and the truth near the union).
  private static let margin = 5

  /// Every nodule by itself: a connected part of the slice that any reader marked, where two and more did.
  /// - Parameter readers: one mask a reader, empty for one who marked nothing; of one size.
  func truth(of readers: [Mask]) -> Mask {
    let marked = readers.dropFirst().reduce(readers[0]) { $0.union($1) }
    let parts = Components(marked, connectivity: .all)
    return (0..<parts.count).map(parts.mask).reduce(
      Mask(width: marked.width, height: marked.height)
    ) { truth, part in
      let own = readers.map { $0.intersection(part) }
      let marking = own.count { !$0.isEmpty }
      return marking < 2 ? truth : truth.union(one(own, marking: marking))
    }
  }

  /// Of one nodule.
  private func one(_ readers: [Mask], marking: Int) -> Mask {
    let (width, height) = (readers[0].width, readers[0].height)
    var counts = [Int](repeating: 0, count: width * height)
    for mask in readers {
      for cell in counts.indices { counts[cell] += Int(mask.bits[cell]) }
    }
    let least = self == .two ? 2 : (marking + 1) / 2
    guard self == .staple else {
      return Mask(width: width, height: height, bits: counts.map { $0 >= least ? 1 : 0 })
    }
    let marked = counts.indices.filter { counts[$0] > 0 }
    var truth = Mask(width: width, height: height)
    guard let first = marked.first, let last = marked.last else { return truth }
    let columns = marked.map { $0 % width }
    let left = max(0, (columns.min() ?? 0) - Self.margin)
    let right = min(width - 1, (columns.max() ?? 0) + Self.margin)
    let box = (max(0, first / width - Self.margin)...min(height - 1, last / width + Self.margin))
      .flatMap { row in (left...right).map { row * width + $0 } }
    let found = STAPLE(readers.map { mask in box.map { mask.bits[$0] } })
    for (at, cell) in box.enumerated() where found.probabilities[at] >= 0.5 {
      truth.bits[cell] = 1
    }
    return truth
  }
}
