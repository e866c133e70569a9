import Imaging
import Networks
import Testing

@Suite struct PreparationTests {
  private func near(_ a: [Float], _ b: [Float]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 }
  }

  @Test func shrinksByAreaAndGrowsBetweenCentres() {
    let row = Image(width: 4, height: 1, pixels: [0, 1, 2, 4])
    let half = row.resampled(PixelRegion(of: row), width: 2, height: 1, fill: 0)
    #expect(near(half.pixels, [0.5, 3]))
    let pair = Image(width: 2, height: 1, pixels: [0, 1])
    let grown = pair.resampled(PixelRegion(of: pair), width: 4, height: 1, fill: 9)
    #expect(near(grown.pixels, [0, 0.25, 0.75, 1]))  // align_corners false, methods D.6
    let beyond = pair.resampled(
      PixelRegion(x: -2, y: 0, width: 6, height: 1), width: 6, height: 1, fill: 9)
    #expect(near(beyond.pixels, [9, 9, 0, 1, 9, 9]))
  }

  @Test func percentilesMapToTheEnds() {
    let picture = Image(width: 101, height: 1, pixels: (0...100).map(Float.init))
    let flat = ImagePreparation(width: 101, height: 1, fit: .squeeze, low: 10, high: 90)
      .prepare(picture)
    #expect(flat.base.pixels[5] == -1 && flat.base.pixels[95] == 1)
    #expect(abs(flat.base.pixels[50]) < 1e-6)
  }

  @Test func lungMedianIsZeroAndOutsideIsCut() {
    var lung = Mask(width: 4, height: 4)
    for index in [5, 6, 9, 10] { lung.bits[index] = 1 }
    let picture = Image(width: 4, height: 4, pixels: (0..<16).map { Float($0) * 100 })
    let prepared = ImagePreparation(
      width: 2, height: 2, crop: .lungBox, fit: .squeeze, normalisation: .lungMedian, low: -850,
      high: 500, lungOnly: true
    ).prepare(picture, lung: lung)
    #expect(prepared.region == PixelRegion(x: 1, y: 1, width: 2, height: 2))
    #expect(near(prepared.channelValues, [-0.5, -0.3, 0.3, 0.5]))
  }

  @Test func mapsFindTheirWayBack() {
    var lung = Mask(width: 8, height: 8)
    for row in 2..<6 { for column in 4..<8 { lung[row, column] = true } }
    let prepared = ImagePreparation(width: 4, height: 4, crop: .lungBox, fit: .squeeze)
      .prepare(Image(width: 8, height: 8, filling: 0.5), lung: lung)
    var map = Image(width: 4, height: 4)
    map[0, 3] = 1
    let back = prepared.overSource(map)
    #expect(back.width == 8 && back[2, 7] == 1)
    #expect(back.pixels.reduce(0, +) == 1)
  }

  @Test func padsToTheAspectWithTheLowestValue() {
    let prepared = ImagePreparation(width: 4, height: 4, fit: .pad, low: 0, high: 100)
      .prepare(Image(width: 2, height: 4, pixels: [1, 0, 1, 0, 1, 0, 1, 0]))
    #expect(near(Array(prepared.base.pixels[0..<4]), [-1, 1, -1, -1]))
  }

  @Test func detailIsBlindToExposure() {
    let size = 64
    let pixels = (0..<size * size).map { Float(($0 * 7919) % 97) / 97 }
    let detail = ImagePreparation(width: size, height: size, channels: [.detail])
    let a = detail.prepare(Image(width: size, height: size, pixels: pixels))
    var b = a
    b.base.pixels = a.base.pixels.map { $0 * 0.5 + 0.2 }
    let (one, two) = (a.channelValues, b.channelValues)
    let gap = zip(one, two).map { abs($0 - $1) }.max() ?? 1
    #expect(gap < 0.05)
    #expect((one.max() ?? 0) > 0.3)
  }
}
