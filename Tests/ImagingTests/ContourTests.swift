import Imaging
import Testing

@Suite struct ContourTests {
  @Test func squareHasFourCorners() throws {
    var mask = Mask(width: 6, height: 6)
    for y in 2...3 { for x in 1...4 { mask[y, x] = true } }
    let contours = Contour.outlines(of: mask)
    let contour = try #require(contours.first)
    #expect(contours.count == 1)
    #expect(
      contour.points == [
        .init(column: 0.5, row: 1.5), .init(column: 4.5, row: 1.5),
        .init(column: 4.5, row: 3.5), .init(column: 0.5, row: 3.5),
      ])
    #expect(contour.area == 8)
  }

  /// The area inside outer outlines is that of the components with their holes filled.
  @Test(arguments: [UInt64(1), 2, 3, 4]) func areasMatchFilledComponents(seed: UInt64) {
    let mask = pattern(width: 33, height: 27, density: 120, seed: seed)
    let parts = Components(mask, connectivity: .all)
    let contours = Contour.outlines(of: mask)
    #expect(contours.count == parts.count)
    for (label, contour) in contours.enumerated() {
      #expect(contour.area == Double(parts.mask(of: label).fillingHoles().count))
    }
  }

  @Test func simplifyingStaysClose() throws {
    var mask = Mask(width: 60, height: 60)
    for y in 0..<60 {
      for x in 0..<60 where (x - 30) * (x - 30) + (y - 30) * (y - 30) < 400 { mask[y, x] = true }
    }
    let contour = try #require(Contour.outlines(of: mask).first)
    let simple = contour.simplified(tolerance: 0.75)
    #expect(simple.points.count < contour.points.count / 2)
    #expect(abs(simple.area - contour.area) < 0.02 * contour.area)
  }

  @Test func overlayDrawsWhereTold() {
    var picture = Overlay.grey(Image(width: 8, height: 8, filling: 0.5), range: 0...1)
    var mask = Mask(width: 8, height: 8)
    for y in 2..<6 { for x in 2..<6 { mask[y, x] = true } }
    Overlay.outline(mask, on: &picture, color: RGB(255, 0, 0))
    #expect(Array(picture.bytes[(2 * 8 + 2) * 3..<(2 * 8 + 2) * 3 + 3]) == [255, 0, 0])
    #expect(Array(picture.bytes[(3 * 8 + 3) * 3..<(3 * 8 + 3) * 3 + 3]) == [128, 128, 128])
    var heat = Image(width: 8, height: 8)
    heat[7, 7] = 1
    Overlay.lay(heat, over: &picture)
    #expect(picture.bytes[63 * 3] > 150)
    #expect(Array(picture.bytes[0..<3]) == [128, 128, 128])
  }
}
