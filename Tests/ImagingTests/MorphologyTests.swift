import Imaging
import Testing

@Suite struct MorphologyTests {
  /// Any set pixel within the disc, by looking at all of them.
  private func naiveDilation(_ mask: Mask, _ radius: Double) -> Mask {
    var result = Mask(width: mask.width, height: mask.height)
    for y in 0..<mask.height {
      for x in 0..<mask.width {
        for v in 0..<mask.height {
          for u in 0..<mask.width where mask[v, u] {
            let square = Double((u - x) * (u - x) + (v - y) * (v - y))
            if square <= radius * radius { result[y, x] = true }
          }
        }
      }
    }
    return result
  }

  @Test(arguments: [1, 1.5, 2, 3.2, 6])
  func dilationMatchesDefinition(radius: Double) {
    let mask = pattern(width: 31, height: 23, density: 12, seed: 8)
    #expect(mask.dilated(radius: radius) == naiveDilation(mask, radius))
    #expect(mask.eroded(radius: radius).inverted == naiveDilation(mask.inverted, radius))
  }

  @Test func openingShrinksAndClosingGrows() {
    let mask = pattern(width: 40, height: 40, density: 130, seed: 4)
    let opened = mask.opened(radius: 1.5)
    let closed = mask.closed(radius: 1.5)
    #expect(opened.subtracting(mask).isEmpty)
    #expect(mask.subtracting(closed).isEmpty)
    #expect(opened.opened(radius: 1.5) == opened)
    #expect(closed.closed(radius: 1.5) == closed)
  }

  @Test func holesAreFilledButBaysAreNot() {
    var mask = Mask(width: 7, height: 7)
    for i in 1...5 {
      mask[1, i] = true
      mask[5, i] = true
      mask[i, 1] = true
      mask[i, 5] = true
    }
    #expect(mask.fillingHoles().count == 25)
    #expect(mask.fillingHoles(maximumArea: 8).count == 16)
    mask[3, 5] = false
    #expect(mask.fillingHoles() == mask)
  }

  @Test func greyOpeningRemovesNarrowPeaks() {
    var image = Image(width: 12, height: 9)
    image[4, 2] = 5
    for y in 3..<6 { for x in 6..<9 { image[y, x] = 2 } }
    let opened = image.opened(side: 3)
    #expect(opened[4, 2] == 0)
    #expect(opened[4, 7] == 2)
    #expect(opened[3, 6] == 2)
  }
}
