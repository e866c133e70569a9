import Imaging
import Testing

@Suite struct PNGIndicesTests {
  @Test func paletteIndicesPassThrough() throws {
    // Two entries of one colour: only an index tells them apart.
    let palette = (0..<256).map { RGB(UInt8($0 / 2), 0, 255) }
    let picture = PNG.Indexed(width: 16, height: 16, indices: (0..<256).map { UInt8($0) })
    #expect(try PNG.decodeIndices(PNG.encode(picture, palette: palette)) == picture)
    let small = PNG.Indexed(width: 3, height: 1, indices: [2, 0, 1])
    #expect(try PNG.decodeIndices(PNG.encode(small, palette: Array(palette.prefix(3)))) == small)
  }

  @Test func greySamplesAreIndices() throws {
    let grey = GreyPicture(width: 4, height: 1, bits: 8, samples: [0, 1, 20, 255])
    #expect(try PNG.decodeIndices(PNG.encode(grey)).indices == [0, 1, 20, 255])
  }

  @Test func otherPicturesAreRefused() throws {
    let color = ColorImage(width: 2, height: 2)
    #expect(throws: ImagingError.self) { try PNG.decodeIndices(PNG.encode(color)) }
    #expect(throws: ImagingError.self) { try PNG.decodeIndices([1, 2, 3]) }
    let picture = PNG.Indexed(width: 1, height: 1, indices: [5])
    #expect(throws: ImagingError(.encoding, "png-palette")) {
      try PNG.encode(picture, palette: [RGB(0, 0, 0)])
    }
    let whole = try PNG.encode(picture, palette: (0..<8).map { RGB($0, 0, 0) })
    #expect(throws: ImagingError.self) { try PNG.decodeIndices(Array(whole.prefix(50))) }
  }
}
