/// Connected components of a binary picture or stack, kept as runs: memory grows with the number
/// of runs, not with the number of pixels.
///
/// Labels are 0, 1, ... in raster order of each component's first pixel.
package struct Components: Sendable {
  /// Which neighbours join: those that share a face (4 in a plane, 6 in space), or all (8, 26).
  package enum Connectivity: Sendable {
    case faces
    case all
  }

  /// Set pixels `begin..<end` of one row.
  package struct Run: Sendable, Hashable {
    package let slice: Int32
    package let row: Int32
    package let begin: Int32
    package let end: Int32
  }

  package let columns: Int
  package let rows: Int
  package let slices: Int
  /// Number of pixels of each label.
  package private(set) var sizes: [Int] = []
  private var runs: [Run] = []
  private var labels: [Int32] = []

  /// Number of components.
  package var count: Int { sizes.count }

  package init(_ mask: Mask, connectivity: Connectivity) {
    self.init(
      bits: mask.bits, columns: mask.width, rows: mask.height, slices: 1,
      connectivity: connectivity)
  }

  package init(_ mask: MaskVolume, connectivity: Connectivity) {
    (columns, rows, slices) = (mask.columns, mask.rows, mask.slices)
    var found: [Run] = []
    var starts = [Int](repeating: 0, count: rows * slices + 1)
    for slice in 0..<slices {
      mask.packed(slice)?.forEachRun { row, begin, end in
        found.append(
          Run(slice: Int32(slice), row: Int32(row), begin: Int32(begin), end: Int32(end)))
        starts[slice * rows + row + 1] += 1
      }
    }
    for line in 0..<rows * slices { starts[line + 1] += starts[line] }
    runs = found
    connect(starts, connectivity)
  }

  package init(
    bits: [UInt8], columns: Int, rows: Int, slices: Int, connectivity: Connectivity
  ) {
    self.columns = columns
    self.rows = rows
    self.slices = slices
    let starts = collectRuns(bits)
    connect(starts, connectivity)
  }

  /// - Parameter starts: by line of the stack, the number of the first run.
  private mutating func connect(_ starts: [Int], _ connectivity: Connectivity) {
    var sets = DisjointSets(runs.count)
    let slack: Int32 = connectivity == .all ? 1 : 0
    for slice in 0..<slices {
      for row in 0..<rows {
        let here = slice * rows + row
        for (ds, dr) in Self.earlier(connectivity) {
          guard slice + ds >= 0, row + dr >= 0, row + dr < rows else { continue }
          let there = (slice + ds) * rows + row + dr
          join(
            &sets, starts[here]..<starts[here + 1], starts[there]..<starts[there + 1], slack)
        }
      }
    }
    number(&sets)
  }

  /// The runs of one component, in raster order.
  package func runs(of label: Int) -> [Run] {
    runs.indices.compactMap { labels[$0] == Int32(label) ? runs[$0] : nil }
  }

  /// The runs of every component, by label.
  package var runsByLabel: [[Run]] {
    var result = [[Run]](repeating: [], count: count)
    for (run, label) in zip(runs, labels) { result[Int(label)].append(run) }
    return result
  }

  /// The labels of the `count` largest components, largest first, then by label.
  package func largest(_ number: Int) -> [Int] {
    Array((0..<count).sorted { (sizes[$0], $1) > (sizes[$1], $0) }.prefix(number))
  }

  /// Writes `value` at the pixels of one component.
  package func paint(_ label: Int, value: UInt8 = 1, into bits: inout [UInt8]) {
    paint([label], value: value, into: &bits)
  }

  /// The pixels of these components as a stack.
  package func stack(of wanted: Set<Int>) -> MaskVolume {
    var result = MaskVolume(columns: columns, rows: rows, slices: slices)
    var open: (slice: Int, mask: Mask)?
    for (run, label) in zip(runs, labels) where wanted.contains(Int(label)) {
      let slice = Int(run.slice)
      if open?.slice != slice {
        if let done = open { result[done.slice] = done.mask }
        open = (slice, Mask(width: columns, height: rows))
      }
      let line = Int(run.row) * columns
      for x in line + Int(run.begin)..<line + Int(run.end) { open?.mask.bits[x] = 1 }
    }
    if let done = open { result[done.slice] = done.mask }
    return result
  }

  package func paint(_ wanted: Set<Int>, value: UInt8 = 1, into bits: inout [UInt8]) {
    precondition(bits.count == columns * rows * slices)
    for (run, label) in zip(runs, labels) where wanted.contains(Int(label)) {
      let line = (Int(run.slice) * rows + Int(run.row)) * columns
      for x in line + Int(run.begin)..<line + Int(run.end) { bits[x] = value }
    }
  }

  /// One component of a single plane as a mask.
  package func mask(of label: Int) -> Mask {
    var bits = [UInt8](repeating: 0, count: columns * rows * slices)
    paint(label, into: &bits)
    return Mask(width: columns, height: rows * slices, bits: bits)
  }

  /// Label plus one for each pixel of a slice, 0 for the background.
  package func labels(inSlice slice: Int) -> [Int32] {
    var result = [Int32](repeating: 0, count: columns * rows)
    // Runs lie in raster order.
    let first = runs.partitioningIndex { Int($0.slice) >= slice }
    for index in first..<runs.count {
      guard Int(runs[index].slice) == slice else { break }
      let line = Int(runs[index].row) * columns
      for x in line + Int(runs[index].begin)..<line + Int(runs[index].end) {
        result[x] = labels[index] + 1
      }
    }
    return result
  }

  /// Label plus one for each pixel, 0 for the background.
  package var labelImage: [Int32] {
    var result = [Int32](repeating: 0, count: columns * rows * slices)
    for (run, label) in zip(runs, labels) {
      let line = (Int(run.slice) * rows + Int(run.row)) * columns
      for x in line + Int(run.begin)..<line + Int(run.end) { result[x] = label + 1 }
    }
    return result
  }

  private static func earlier(_ connectivity: Connectivity) -> [(Int, Int)] {
    connectivity == .faces
      ? [(0, -1), (-1, 0)] : [(0, -1), (-1, -1), (-1, 0), (-1, 1)]
  }

  private mutating func collectRuns(_ bits: [UInt8]) -> [Int] {
    var starts = [0]
    starts.reserveCapacity(rows * slices + 1)
    var found: [Run] = []
    bits.withUnsafeBufferPointer { bits in
      for line in 0..<rows * slices {
        let base = line * columns
        var x = 0
        while x < columns {
          while x < columns && bits[base + x] == 0 { x += 1 }
          guard x < columns else { break }
          let begin = x
          while x < columns && bits[base + x] != 0 { x += 1 }
          found.append(
            Run(
              slice: Int32(line / rows), row: Int32(line % rows), begin: Int32(begin),
              end: Int32(x)))
        }
        starts.append(found.count)
      }
    }
    runs = found
    return starts
  }

  private func join(
    _ sets: inout DisjointSets, _ a: Range<Int>, _ b: Range<Int>, _ slack: Int32
  ) {
    var (i, j) = (a.lowerBound, b.lowerBound)
    while i < a.upperBound && j < b.upperBound {
      if runs[i].begin < runs[j].end + slack && runs[j].begin < runs[i].end + slack {
        sets.join(i, j)
      }
      if runs[i].end < runs[j].end { i += 1 } else { j += 1 }
    }
  }

  private mutating func number(_ sets: inout DisjointSets) {
    var names = [Int32](repeating: -1, count: runs.count)
    labels = [Int32](repeating: 0, count: runs.count)
    for i in runs.indices {
      let root = sets.find(i)
      if names[root] < 0 {
        names[root] = Int32(sizes.count)
        sizes.append(0)
      }
      labels[i] = names[root]
      sizes[Int(names[root])] += Int(runs[i].end - runs[i].begin)
    }
  }
}

extension [Components.Run] {
  /// The first place from which on `isBehind` holds.
  fileprivate func partitioningIndex(_ isBehind: (Components.Run) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// Union-find with path halving; the smaller index becomes the root.
private struct DisjointSets {
  private var parent: [Int32]

  init(_ count: Int) { parent = (0..<count).map(Int32.init) }

  mutating func find(_ index: Int) -> Int {
    var i = index
    while Int(parent[i]) != i {
      parent[i] = parent[Int(parent[i])]
      i = Int(parent[i])
    }
    return i
  }

  mutating func join(_ a: Int, _ b: Int) {
    let (x, y) = (find(a), find(b))
    if x < y { parent[y] = Int32(x) } else if y < x { parent[x] = Int32(y) }
  }
}
