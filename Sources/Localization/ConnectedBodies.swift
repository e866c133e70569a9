import Imaging

/// Connected sets of voxels, 8-connected within a slice, 26-connected across slices.
struct ConnectedBodies {
  /// Linear indices `(slice * rows + row) * columns + column` of each body, ascending; bodies in
  /// the order of their first voxel.
  private(set) var bodies: [[Int]] = []

  init(bits: [UInt8], columns: Int, rows: Int, slices: Int) {
    var open = bits
    var stack: [Int] = []
    for seed in open.indices where open[seed] != 0 {
      open[seed] = 0
      stack.append(seed)
      var body: [Int] = []
      while let index = stack.popLast() {
        body.append(index)
        let column = index % columns
        let row = index / columns % rows
        let slice = index / (columns * rows)
        for z in max(0, slice - 1)...min(slices - 1, slice + 1) {
          for y in max(0, row - 1)...min(rows - 1, row + 1) {
            for x in max(0, column - 1)...min(columns - 1, column + 1) {
              let next = (z * rows + y) * columns + x
              if open[next] != 0 {
                open[next] = 0
                stack.append(next)
              }
            }
          }
        }
      }
      body.sort()
      bodies.append(body)
    }
  }
}
