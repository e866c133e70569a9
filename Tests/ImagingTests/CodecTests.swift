import Foundation
import Imaging
import Testing

@Suite struct CodecTests {
  private func ramp(bits: Int) -> GreyPicture {
    let top = (1 << bits) - 1
    return GreyPicture(
      width: 19, height: 7, bits: bits,
      samples: (0..<133).map { UInt16($0 * 7919 % (top + 1)) })
  }

  @Test(arguments: [8, 16]) func pngKeepsEverySample(bits: Int) throws {
    let picture = ramp(bits: bits)
    #expect(try PNG.decode(PNG.encode(picture)) == picture)
  }

  @Test func pngKeepsColors() throws {
    let picture = ColorImage(width: 5, height: 3, bytes: (0..<45).map { UInt8($0 * 5) })
    #expect(try PNG.decodeColor(PNG.encode(picture)) == picture)
  }

  @Test func incompressiblePictureFits() throws {
    let noise = pattern(width: 64, height: 64, density: 128, seed: 3).bits
    var state: UInt16 = 1
    let samples = noise.map { bit -> UInt16 in
      state = state &* 25173 &+ 13849 &+ UInt16(bit)
      return state
    }
    let picture = GreyPicture(width: 64, height: 64, bits: 16, samples: samples)
    #expect(try PNG.decode(PNG.encode(picture)) == picture)
  }

  @Test func damagedPicturesAreRefused() throws {
    let bytes = try PNG.encode(ramp(bits: 8))
    for broken in [[], Array(bytes.prefix(20)), Array(bytes.prefix(bytes.count / 2))] {
      #expect(throws: ImagingError.self) { try PNG.decode(broken) }
      #expect(throws: ImagingError.self) { try JPEG.decode(broken) }
    }
    var huge = bytes
    huge.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 1, 0, 0])
    #expect(throws: ImagingError(.tooLarge, "png-size")) { try PNG.decode(huge) }
  }

  @Test func digestsMatchTheStandard() {
    // FIPS 180-4 examples.
    #expect(
      SHA256.hex(ofText: "abc")
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hex(of: [])
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(
      SHA256.hex(of: [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func piecesGiveTheSameDigest() {
    let bytes = (0..<1000).map { UInt8($0 % 251) }
    for size in [1, 63, 64, 65, 200] {
      let hasher = SHA256.Hasher()
      for start in stride(from: 0, to: bytes.count, by: size) {
        Array(bytes[start..<min(start + size, bytes.count)]).withUnsafeBytes { hasher.update($0) }
      }
      #expect(SHA256.hexadecimal(hasher.finish()) == SHA256.hex(of: bytes))
    }
  }

  @Test func atomicWriteReplacesAndCleansUp() throws {
    let folder = NSTemporaryDirectory() + "pleura-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = "\(folder)/file"
    try AtomicFile.write("first", to: path)
    try AtomicFile.write("second", to: path)
    #expect(try AtomicFile.read(path) == Array("second".utf8))
    #expect(SHA256.ofFile(path)?.sha256 == SHA256.hex(ofText: "second"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    #expect(throws: ImagingError.self) { try AtomicFile.write("x", to: "\(folder)/no/file") }
    #expect(throws: ImagingError.self) { try AtomicFile.read("\(folder)/none") }
  }
}
