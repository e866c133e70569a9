import Imaging
import Testing

@Suite struct WatershedTests {
  private typealias Vectors = ImagingVectors
  private let picture = Image(
    width: Vectors.width, height: Vectors.height, pixels: Vectors.picture)
  private let mask = Mask(width: Vectors.width, height: Vectors.height, bits: Vectors.mask)

  private var negative: Image {
    Image(width: picture.width, height: picture.height, pixels: picture.pixels.map { -$0 })
  }

  @Test func maximaAreThoseOfScikitImage() {
    #expect(Watershed.regionalMaxima(of: picture) == Vectors.maxima)
  }

  @Test func basinsAreThoseOfScikitImage() {
    func basins(_ mask: Mask?, _ connectivity: Components.Connectivity) -> [Int32] {
      Watershed.basins(
        of: negative, markers: Vectors.maxima, inside: mask, connectivity: connectivity)
    }
    #expect(basins(mask, .faces) == Vectors.faces)
    #expect(basins(mask, .all) == Vectors.corners)
    #expect(basins(nil, .faces) == Vectors.all)
    #expect(Vectors.faces != Vectors.corners && Vectors.faces.contains(0))
  }

  /// Two floods over a plain meet half-way: what was reached first goes on first.
  @Test func plainsAreSharedByDistance() {
    let plain = Image(width: 9, height: 1)
    var markers = [Int32](repeating: 0, count: 9)
    (markers[0], markers[8]) = (1, 2)
    #expect(Watershed.basins(of: plain, markers: markers) == [1, 1, 1, 1, 1, 2, 2, 2, 2])
    #expect(Watershed.regionalMaxima(of: plain) == [Int32](repeating: 1, count: 9))
  }

  @Test func aMarkerOutsideTheMaskFloodsNothing() {
    let mask = Mask(width: 4, height: 1, bits: [0, 1, 1, 1])
    #expect(
      Watershed.basins(
        of: Image(width: 4, height: 1), markers: [1, 0, 0, 0], inside: mask) == [0, 0, 0, 0])
  }

  @Test func plateausHaveOneMaximum() {
    let image = Image(width: 4, height: 2, pixels: [1, 2, 2, 0, 1, 0, 2, 3])
    // The twos touch the three by a side or a corner.
    #expect(Watershed.regionalMaxima(of: image) == [0, 0, 0, 0, 0, 0, 0, 1])
    let apart = Image(width: 5, height: 1, pixels: [2, 2, 0, 1, 1])
    #expect(Watershed.regionalMaxima(of: apart) == [1, 1, 0, 2, 2])
  }
}
