import Imaging

/// A mask as runs of set cells in row-major order: outlines of whole archives lie in memory.
struct PackedMask: Sendable, Equatable {
  let width: Int
  let height: Int
  /// Starts and lengths in turn.
  private let runs: [Int32]

  init(_ mask: Mask) {
    (width, height) = (mask.width, mask.height)
    var runs: [Int32] = []
    var start: Int?
    for (index, bit) in mask.bits.enumerated() {
      if bit != 0 {
        if start == nil { start = index }
      } else if let begun = start {
        runs += [Int32(begun), Int32(index - begun)]
        start = nil
      }
    }
    if let begun = start { runs += [Int32(begun), Int32(mask.bits.count - begun)] }
    self.runs = runs
  }

  var mask: Mask {
    var mask = Mask(width: width, height: height)
    for run in stride(from: 0, to: runs.count, by: 2) {
      for index in Int(runs[run])..<Int(runs[run] + runs[run + 1]) { mask.bits[index] = 1 }
    }
    return mask
  }
}
