import Foundation
import Imaging
import Training

/// A folder of slices as hospitals export them: 8 bits, the lungs alone; every second one with a
/// bright patch, drawn on validation slices.
struct ToySlices {
  let folder: String
  static let side = 48

  init(count: Int = 48) throws {
    folder = NSTemporaryDirectory() + "slices-\(UUID().uuidString)"
    let manager = FileManager.default
    try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var random = SeededRandom(seed: 5, stream: 5)
    var lines = ["file,lesion,split,mask"]
    for index in 0..<count {
      let lungs = Self.lungs
      let (column, row) = (
        random.integer(below: 2) * 24 + 10 + random.integer(below: 4),
        14 + random.integer(below: 18)
      )
      var samples = [UInt16](repeating: 0, count: Self.side * Self.side)
      var patch = Mask(width: Self.side, height: Self.side)
      for at in samples.indices where lungs.bits[at] != 0 {
        let (dx, dy) = (at % Self.side - column, at / Self.side - row)
        var value = 95 + random.integer(below: 12)
        // Vessels lie in all of them.
        if random.uniform() < 0.1 { value += 140 }
        if index % 2 == 1, dx * dx + dy * dy <= 20 {
          value = max(value, 150)
          patch.bits[at] = 1
        }
        samples[at] = UInt16(value)
      }
      let file = "s\(index).png"
      try PNG.write(
        GreyPicture(width: Self.side, height: Self.side, bits: 8, samples: samples),
        to: folder + "/" + file)
      let isTrain = index < count * 2 / 3
      var mask = ""
      if index % 2 == 1, !isTrain {
        mask = "m\(index).png"
        try PNG.write(patch, to: folder + "/" + mask)
      }
      lines.append("\(file),\(index % 2),\(isTrain ? "train" : "validation"),\(mask)")
    }
    try lines.joined(separator: "\n").write(
      toFile: folder + "/labels.csv", atomically: true, encoding: .utf8)
  }

  /// Two ellipses.
  static var lungs: Mask {
    var mask = Mask(width: side, height: side)
    for row in 0..<side {
      for column in 0..<side {
        let near = min(abs(column - 12), abs(column - 36))
        if near * near * 4 + (row - 24) * (row - 24) < 400 { mask[row, column] = true }
      }
    }
    return mask
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
