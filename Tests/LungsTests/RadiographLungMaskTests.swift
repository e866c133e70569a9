import Imaging
import Lungs
import Testing

@Suite struct RadiographLungMaskTests {
  private func box(_ mask: inout Mask, _ columns: Range<Int>, _ rows: Range<Int>) {
    for row in rows { for column in columns { mask[row, column] = true } }
  }

  @Test func keepsTwoFillsHolesAndNamesSides() {
    var raw = Mask(width: 40, height: 40)
    box(&raw, 4..<16, 5..<35)
    box(&raw, 24..<36, 5..<33)
    box(&raw, 19..<20, 1..<3)  // a crumb
    raw[10, 10] = false  // a hole
    let lungs = LungMask(cleaning: raw)
    #expect(lungs.right?.count == 12 * 30)
    #expect(lungs.left?.count == 12 * 28)
    #expect(lungs.combined.count == 12 * 58)
    #expect(lungs.right?[10, 10] == true)
    #expect(lungs.quality.usable)
    #expect(lungs.quality.flags.isEmpty)
    let mirrored = LungMask(cleaning: raw, mirrored: true)
    #expect(mirrored.left?.count == 12 * 30)
  }

  @Test func oneBodyAcrossBothHalvesIsCut() {
    var raw = Mask(width: 40, height: 40)
    box(&raw, 4..<36, 5..<20)
    let lungs = LungMask(cleaning: raw)
    #expect(lungs.right?.count == 16 * 15)
    #expect(lungs.left?.count == 16 * 15)
  }

  @Test func badMasksAreFlaggedAndNotTrusted() {
    let empty = LungMask(cleaning: Mask(width: 20, height: 20))
    #expect(empty.quality.flags == [.noLung])
    #expect(empty.trusted == nil)
    var single = Mask(width: 40, height: 40)
    box(&single, 4..<14, 5..<35)
    let one = LungMask(cleaning: single)
    #expect(one.left == nil)
    #expect(one.quality.flags.contains(.oneSideMissing))
    #expect(!one.quality.usable)
    var huge = Mask(width: 40, height: 40)
    box(&huge, 0..<40, 0..<40)
    #expect(LungMask(cleaning: huge).quality.flags.contains(.tooLarge))
  }

  @Test func twoPiecesInOneHalfAreOneLung() {
    // A dense band across the only lung that was found: neither piece is the other lung.
    var raw = Mask(width: 100, height: 80)
    for column in 60..<90 {
      for row in 10..<35 { raw[row, column] = true }
      for row in 42..<70 { raw[row, column] = true }
    }
    let lungs = LungMask(cleaning: raw)
    #expect(lungs.right == nil)
    #expect(lungs.left?.count == raw.count)
    #expect(lungs.quality.flags.contains(.oneSideMissing) && !lungs.quality.usable)
    #expect(LungMask(cleaning: raw, mirrored: true).left == nil)
  }
}
