import Imaging
import Testing

@Suite struct ResampleTests {
  @Test func bilinearUsesHalfPixelCentres() {
    let image = Image(width: 2, height: 1, pixels: [0, 1])
    #expect(image.resized(width: 4, height: 1).pixels == [0, 0.25, 0.75, 1])
    #expect(image.bilinear(width: 4, height: 1).pixels == [0, 0.25, 0.75, 1])
  }

  @Test func areaAverageKeepsTheMean() {
    let pixels = (0..<35).map { Float($0 * $0 % 17) }
    let image = Image(width: 7, height: 5, pixels: pixels)
    let small = image.resized(width: 3, height: 2)
    let mean = Statistics.meanAndDeviation(pixels).mean
    #expect(abs(Statistics.meanAndDeviation(small.pixels).mean - mean) < 1e-5)
    let halved = Image(width: 4, height: 2, pixels: [1, 3, 5, 7, 1, 3, 5, 7])
    #expect(halved.resized(width: 2, height: 1).pixels == [2, 6])
  }

  @Test func cropsPad() {
    let image = Image(width: 2, height: 2, pixels: [1, 2, 3, 4])
    let box = PixelBox(column: -1, row: 1, width: 4, height: 2)
    #expect(image.cropped(to: box, padding: 9).pixels == [9, 3, 4, 9, 9, 9, 9, 9])
    let far = PixelBox(column: 5, row: 5, width: 2, height: 1)
    #expect(image.cropped(to: far).pixels == [0, 0])
  }

  @Test func nearestRepeatsMaskPixels() {
    let mask = Mask(width: 2, height: 2, bits: [1, 0, 0, 1])
    let large = mask.resized(width: 4, height: 4)
    #expect(large.bits == [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1])
    #expect(large.resized(width: 2, height: 2) == mask)
    #expect(large.boundingBox == PixelBox(column: 0, row: 0, width: 4, height: 4))
    #expect(Mask(width: 3, height: 3).boundingBox == nil)
  }

  @Test func blurKeepsMassAndConstants() {
    var image = Image(width: 41, height: 41)
    image[20, 20] = 1
    let soft = image.blurred(sigma: 2)
    #expect(abs(soft.pixels.reduce(0, +) - 1) < 1e-4)
    // A Gaussian of sigma 2 has 1 / (8 pi) at its centre.
    #expect(abs(soft[20, 20] - 0.0398) < 5e-4)
    let flat = Image(width: 30, height: 20, filling: 3).blurred(sigma: 3)
    #expect(flat.pixels.allSatisfy { abs($0 - 3) < 1e-5 })
  }

  @Test func quantilesInterpolate() {
    #expect(Statistics.quantiles([4, 1, 3, 2], [0, 0.5, 1]) == [1, 2.5, 4])
    #expect(Statistics.quantiles([], [0.5]) == [0])
  }
}
