import CZlib
import Foundation
import Imaging
import Testing

@Suite struct VolumeFileTests {
  /// A header by the standard's table of offsets, written apart from the reader.
  private func nifti(
    big: Bool = false, datatype: Int16 = 4, slope: Float = 0, sform: [Float]? = nil,
    quaternion: [Float]? = nil, values: [UInt8], size: [Int16] = [2, 3, 2],
    pixel: [Float] = [1, 2, 3, 5]
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 352)
    func put(_ at: Int, _ bytes: [UInt8]) {
      header.replaceSubrange(at..<at + bytes.count, with: big ? bytes.reversed() : bytes)
    }
    func short(_ at: Int, _ value: Int16) {
      put(at, withUnsafeBytes(of: value.littleEndian, Array.init))
    }
    func float(_ at: Int, _ value: Float) {
      put(at, withUnsafeBytes(of: value.bitPattern.littleEndian, Array.init))
    }
    put(0, withUnsafeBytes(of: Int32(348).littleEndian, Array.init))
    short(40, 3)
    for (index, extent) in size.enumerated() { short(42 + 2 * index, extent) }
    for index in 4..<8 { short(40 + 2 * index, 1) }
    short(70, datatype)
    for (index, step) in pixel.enumerated() { float(76 + 4 * index, step) }
    float(108, 352)
    float(112, slope)
    float(116, -1024)
    if let sform {
      short(254, 1)
      for (index, value) in sform.enumerated() { float(280 + 4 * index, value) }
    }
    if let quaternion {
      short(252, 1)
      for (index, value) in quaternion.enumerated() { float(256 + 4 * index, value) }
    }
    header.replaceSubrange(344..<348, with: Array("n+1\0".utf8))
    return header + values
  }

  private func shorts(_ values: [Int16], big: Bool = false) -> [UInt8] {
    values.flatMap {
      withUnsafeBytes(of: big ? $0.bigEndian : $0.littleEndian, Array.init)
    }
  }

  private func read(_ bytes: [UInt8], _ name: String) throws -> VolumeFile {
    let path = NSTemporaryDirectory() + "\(UUID().uuidString)-\(name)"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AtomicFile.write(bytes, to: path)
    return try VolumeFile.read(path)
  }

  private func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    _ = deflateInit2_(
      &stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    defer { deflateEnd(&stream) }
    var (input, output) = (bytes, [UInt8](repeating: 0, count: bytes.count + 1000))
    let left = input.withUnsafeMutableBufferPointer { source in
      output.withUnsafeMutableBufferPointer { target -> Int in
        (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
        (stream.next_out, stream.avail_out) = (target.baseAddress, UInt32(target.count))
        _ = deflate(&stream, Z_FINISH)
        return Int(stream.avail_out)
      }
    }
    return Array(output.dropLast(left))
  }

  /// The usual radiological file: columns run to the patient's left, rows to the back; in NIfTI's axes both are negative.
  @Test(arguments: [false, true]) func niftiGeometryIsTurnedToThePatient(_ big: Bool) throws {
    let values = shorts((0..<12).map { Int16($0) }, big: big)
    let sform: [Float] = [-2, 0, 0, 90, 0, -3, 0, 60, 0, 0, 5, -100]
    let file = try read(
      nifti(big: big, slope: 2, sform: sform, values: values), "a.nii")
    #expect((file.columns, file.rows, file.slices) == (2, 3, 2))
    let wanted: [Float] = (6..<12).map { (value: Int) -> Float in Float(2 * value - 1024) }
    #expect(file.slice(1).pixels == wanted)
    let plane = file.planes[1]
    #expect(plane.position == Vector3(-90, -60, -95))
    #expect(plane.rowDirection == Vector3(1, 0, 0))
    #expect(plane.columnDirection == Vector3(0, 1, 0))
    #expect(plane.spacing == PixelSpacing(row: 3, column: 2))
  }

  /// Without mirroring, rows rise to the front: the normal points to the feet, so the slices are turned.
  @Test func slicesFollowTheNormal() throws {
    let values = shorts((0..<12).map { Int16($0) })
    let sform: [Float] = [-2, 0, 0, 0, 0, 3, 0, 0, 0, 0, 5, 0]
    let file = try read(nifti(sform: sform, values: values), "b.nii")
    #expect(file.planes.map(\.position.z) == [5, 0])
    #expect(file.slice(0).pixels.first == 6)
  }

  /// Half a turn about the long axis: b = c = 0, d = 1.
  @Test func theQuaternionIsUsedWithoutAMatrix() throws {
    let values = shorts((0..<12).map { Int16($0) })
    let file = try read(
      nifti(quaternion: [0, 0, 1, 10, 20, 30], values: values), "c.nii")
    #expect((file.planes[0].rowDirection - Vector3(1, 0, 0)).length < 1e-6)
    #expect((file.planes[0].columnDirection - Vector3(0, 1, 0)).length < 1e-6)
    #expect(file.planes[0].position == Vector3(-10, -20, 30))
    #expect(file.planes[0].spacing == PixelSpacing(row: 3, column: 2))
  }

  @Test func gzipIsUnpacked() throws {
    let bytes = nifti(values: shorts((0..<12).map { Int16($0 * 100) }))
    let plain = try read(bytes, "d.nii")
    let packed = try read(gzip(bytes), "d.nii.gz")
    #expect(packed.slice(1) == plain.slice(1) && packed.planes == plain.planes)
  }

  @Test func metaImageIsReadWithItsRawFile() throws {
    let folder = NSTemporaryDirectory() + "meta-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let header = """
      ObjectType = Image
      NDims = 3
      BinaryDataByteOrderMSB = False
      TransformMatrix = 1 0 0 0 1 0 0 0 1
      Offset = -10 -20 -30
      ElementSpacing = 0.5 0.75 2
      DimSize = 2 3 2
      ElementType = MET_SHORT
      ElementDataFile = x.raw
      """
    try AtomicFile.write(Array(header.utf8), to: folder + "/x.mhd")
    try AtomicFile.write(shorts((0..<12).map { Int16($0) - 900 }), to: folder + "/x.raw")
    let file = try VolumeFile.read(folder + "/x.mhd")
    let wanted: [Float] = (6..<12).map { (value: Int) -> Float in Float(value - 900) }
    #expect(file.slice(1).pixels == wanted)
    #expect(file.planes[1].position == Vector3(-10, -20, -28))
    #expect(file.planes[0].spacing == PixelSpacing(row: 0.75, column: 0.5))
    for wrong in ["../x.raw", "/etc/passwd", ""] {
      let text = header.replacingOccurrences(of: "x.raw", with: wrong)
      try AtomicFile.write(Array(text.utf8), to: folder + "/y.mhd")
      #expect(throws: ImagingError.self) { try VolumeFile.read(folder + "/y.mhd") }
    }
  }

  @Test func damagedFilesAreRefused() throws {
    let good = nifti(values: shorts([Int16](repeating: 1, count: 12)))
    #expect(throws: ImagingError.self) { try read(Array(good.prefix(200)), "e.nii") }
    #expect(throws: ImagingError.self) { try read(good.dropLast(3).map { $0 }, "e.nii") }
    #expect(throws: ImagingError.self) {
      try read(nifti(datatype: 128, values: shorts([Int16](repeating: 1, count: 12))), "e.nii")
    }
    #expect(throws: ImagingError.self) {
      try read(
        nifti(values: shorts([Int16](repeating: 1, count: 12)), pixel: [1, 0, 3, 5]), "e.nii")
    }
    #expect(throws: ImagingError.self) { try read(Array(gzip(good).dropLast(12)), "e.nii.gz") }
    // An offset that is no number, and one beyond everything.
    for bytes: [UInt8] in [[0, 0, 0xc0, 0x7f], [0, 0, 0x80, 0x7f], [0xff, 0xff, 0x7f, 0x7f]] {
      var hostile = good
      hostile.replaceSubrange(108..<112, with: bytes)
      #expect(throws: ImagingError.self) { try read(hostile, "e.nii") }
    }
  }
}
