import Imaging
import Testing

/// A repeatable noise pattern; density is the share of set pixels in 256ths.
func pattern(width: Int, height: Int, density: UInt64, seed: UInt64) -> Mask {
  var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
  var mask = Mask(width: width, height: height)
  for i in mask.bits.indices {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    mask.bits[i] = state & 255 < density ? 1 : 0
  }
  return mask
}

/// Flood fill from every pixel: slow and plain.
private func flood(
  _ bits: [UInt8], _ columns: Int, _ rows: Int, _ slices: Int, all: Bool
) -> [Int32] {
  var labels = [Int32](repeating: 0, count: bits.count)
  var next: Int32 = 0
  for start in bits.indices where bits[start] != 0 && labels[start] == 0 {
    next += 1
    labels[start] = next
    var open = [start]
    while let at = open.popLast() {
      let (x, y, z) = (at % columns, at / columns % rows, at / (columns * rows))
      for dz in -1...1 {
        for dy in -1...1 {
          for dx in -1...1 {
            let steps = abs(dx) + abs(dy) + abs(dz)
            guard steps > 0, all || steps == 1 else { continue }
            let (u, v, w) = (x + dx, y + dy, z + dz)
            guard u >= 0, v >= 0, w >= 0, u < columns, v < rows, w < slices else { continue }
            let to = (w * rows + v) * columns + u
            if bits[to] != 0 && labels[to] == 0 {
              labels[to] = next
              open.append(to)
            }
          }
        }
      }
    }
  }
  return labels
}

@Suite struct ComponentsTests {
  @Test(arguments: [UInt64(60), 110, 160], [UInt64(1), 2, 3])
  func planesMatchFloodFill(density: UInt64, seed: UInt64) {
    let mask = pattern(width: 37, height: 29, density: density, seed: seed)
    for all in [false, true] {
      let parts = Components(mask, connectivity: all ? .all : .faces)
      #expect(parts.labelImage == flood(mask.bits, 37, 29, 1, all: all))
      #expect(parts.sizes.reduce(0, +) == mask.count)
    }
  }

  @Test(arguments: [UInt64(40), 80])
  func stacksMatchFloodFill(density: UInt64) {
    let bits = pattern(width: 13, height: 11 * 9, density: density, seed: 5).bits
    for all in [false, true] {
      let parts = Components(
        bits: bits, columns: 13, rows: 11, slices: 9, connectivity: all ? .all : .faces)
      #expect(parts.labelImage == flood(bits, 13, 11, 9, all: all))
    }
  }

  @Test func largestFirst() throws {
    var mask = Mask(width: 9, height: 3)
    mask[0, 0] = true
    for x in 3..<8 { mask[1, x] = true }
    mask[2, 0] = true
    let parts = Components(mask, connectivity: .faces)
    #expect(parts.sizes == [1, 5, 1])
    #expect(parts.largest(2) == [1, 0])
    #expect(parts.mask(of: 1).count == 5)
  }

  @Test func emptyMaskHasNone() {
    #expect(Components(Mask(width: 4, height: 4), connectivity: .all).count == 0)
  }
}
