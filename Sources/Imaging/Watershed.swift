/// Watershed by flooding from markers (Soille and Ansoult 1990), as scikit-image does it: cells are
/// taken by value, among equals the one that was reached first, and each takes the label of the one
/// it was reached from. No line is drawn between basins.
package enum Watershed {
  /// - Parameters:
  ///   - landscape: low places are flooded first; finite.
  ///   - markers: by cell, 1 and more where a basin starts, 0 elsewhere.
  ///   - mask: cells outside are never reached; nil floods all.
  /// - Returns: by cell, the label of its basin, 0 where none reaches.
  package static func basins(
    of landscape: Image, markers: [Int32], inside mask: Mask? = nil,
    connectivity: Components.Connectivity = .faces
  ) -> [Int32] {
    let (width, height) = (landscape.width, landscape.height)
    precondition(markers.count == width * height)
    var labels = markers
    if let mask {
      for cell in labels.indices where mask.bits[cell] == 0 { labels[cell] = 0 }
    }
    var front = Front()
    for cell in labels.indices where labels[cell] != 0 {
      front.push(.init(value: landscape.pixels[cell], age: 0, cell: cell))
    }
    var age = 0
    while let next = front.pop() {
      forEachNeighbour(of: next.cell, width, height, connectivity) { cell in
        guard labels[cell] == 0, mask.map({ $0.bits[cell] != 0 }) ?? true else { return }
        labels[cell] = labels[next.cell]
        age += 1
        front.push(.init(value: landscape.pixels[cell], age: age, cell: cell))
      }
    }
    return labels
  }

  /// By cell, the number from 1 of the regional maximum that it belongs to, 0 elsewhere: connected cells
  /// of one value without a higher neighbour. A flat picture has one.
  package static func regionalMaxima(
    of image: Image, connectivity: Components.Connectivity = .all
  ) -> [Int32] {
    let (width, height) = (image.width, image.height)
    var labels = [Int32](repeating: 0, count: image.pixels.count)
    var seen = [Bool](repeating: false, count: image.pixels.count)
    var count: Int32 = 0
    for start in image.pixels.indices where !seen[start] {
      var plateau = [start]
      var isHighest = true
      var at = 0
      seen[start] = true
      while at < plateau.count {
        forEachNeighbour(of: plateau[at], width, height, connectivity) { cell in
          if image.pixels[cell] > image.pixels[start] { isHighest = false }
          guard image.pixels[cell] == image.pixels[start], !seen[cell] else { return }
          seen[cell] = true
          plateau.append(cell)
        }
        at += 1
      }
      guard isHighest else { continue }
      count += 1
      for cell in plateau { labels[cell] = count }
    }
    return labels
  }

  /// Those that share a side, or a corner too, in raster order.
  @inline(__always)
  static func forEachNeighbour(
    of cell: Int, _ width: Int, _ height: Int, _ connectivity: Components.Connectivity,
    _ body: (Int) -> Void
  ) {
    let (row, column) = (cell / width, cell % width)
    for y in max(0, row - 1)...min(height - 1, row + 1) {
      for x in max(0, column - 1)...min(width - 1, column + 1) {
        guard x != column || y != row else { continue }
        if connectivity == .faces && x != column && y != row { continue }
        body(y * width + x)
      }
    }
  }
}

/// A binary heap of cells, the lowest first, among equals the oldest.
private struct Front {
  struct Entry {
    let value: Float
    let age: Int
    let cell: Int

    func comesBefore(_ other: Entry) -> Bool {
      value == other.value ? age < other.age : value < other.value
    }
  }

  private var heap: [Entry] = []

  mutating func push(_ entry: Entry) {
    heap.append(entry)
    var at = heap.count - 1
    while at > 0, heap[at].comesBefore(heap[(at - 1) / 2]) {
      heap.swapAt(at, (at - 1) / 2)
      at = (at - 1) / 2
    }
  }

  mutating func pop() -> Entry? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var at = 0
    while true {
      var least = at
      for child in [2 * at + 1, 2 * at + 2]
      where child < heap.count && heap[child].comesBefore(heap[least]) {
        least = child
      }
      guard least != at else { return first }
      heap.swapAt(at, least)
      at = least
    }
  }
}
