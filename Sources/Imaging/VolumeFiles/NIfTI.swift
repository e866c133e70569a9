/// NIfTI-1 single files (`.nii`): a header of 348 bytes, then voxels, columns fastest. World axes run
/// to the right, to the front and to the head; here they are turned to LPS.
enum NIfTI {
  static func decode(_ bytes: ArraySlice<UInt8>) throws -> VolumeFile {
    guard bytes.count > 352 else { throw ImagingError(.undecodable, "NIfTI header") }
    let header = Array(bytes.prefix(352))
    let isBigEndian: Bool
    switch (header.integer(0, 4, false), header.integer(0, 4, true)) {
    case (348, _): isBigEndian = false
    case (_, 348): isBigEndian = true
    default: throw ImagingError(.undecodable, "NIfTI header")
    }
    guard Array(header[344..<347]) == Array("n+1".utf8) else {
      throw ImagingError(.undecodable, "NIfTI magic")
    }
    let read = Reader(header: header, isBigEndian: isBigEndian)
    let dimensions = (0..<8).map { read.short(40 + 2 * $0) }
    guard (3...4).contains(dimensions[0]), dimensions[0] == 3 || dimensions[4] == 1 else {
      throw ImagingError(.undecodable, "NIfTI dimensions")
    }
    let place = read.float(108)
    guard place >= 352, place <= Double(bytes.count) else {
      throw ImagingError(.undecodable, "NIfTI offset")
    }
    let offset = Int(place.rounded(.down))
    var layout = VolumeFile.Layout(
      element: try element(read.short(70)), isBigEndian: isBigEndian,
      bytes: bytes[(bytes.startIndex + offset)...])
    let slope = read.float(112)
    let intercept = read.float(116)
    if slope != 0, slope.isFinite, intercept.isFinite {
      (layout.slope, layout.intercept) = (slope, intercept)
    }
    return try VolumeFile(grid(read, dimensions), layout)
  }

  private static func element(_ code: Int) throws -> VolumeFile.Layout.Element {
    switch code {
    case 2: return .uint8
    case 4: return .int16
    case 8: return .int32
    case 16: return .float32
    case 64: return .float64
    case 256: return .int8
    case 512: return .uint16
    case 768: return .uint32
    default: throw ImagingError(.undecodable, "NIfTI datatype")
    }
  }

  private static func grid(_ read: Reader, _ dimensions: [Int]) -> VolumeFile.Grid {
    let pixel = (0..<4).map { read.float(76 + 4 * $0) }
    var axes: [[Double]]
    var origin: [Double]
    if read.short(254) > 0 {
      let rows = (0..<3).map { row in (0..<4).map { read.float(280 + 16 * row + 4 * $0) } }
      axes = (0..<3).map { axis in rows.map { $0[axis] } }
      origin = rows.map { $0[3] }
    } else if read.short(252) > 0 {
      (axes, origin) = quaternion(read, pixel)
    } else {
      axes = [[pixel[1], 0, 0], [0, pixel[2], 0], [0, 0, pixel[3]]]
      origin = [0, 0, 0]
    }
    // Right, front, head become left, back, head.
    func patient(_ v: [Double]) -> Vector3 { Vector3(-v[0], -v[1], v[2]) }
    return VolumeFile.Grid(
      size: (dimensions[1], dimensions[2], dimensions[3]), column: patient(axes[0]),
      row: patient(axes[1]), slice: patient(axes[2]), origin: patient(origin))
  }

  /// Method 2 of the standard.
  private static func quaternion(
    _ read: Reader, _ pixel: [Double]
  ) -> (axes: [[Double]], origin: [Double]) {
    let (b, c, d) = (read.float(256), read.float(260), read.float(264))
    let a = max(0, 1 - b * b - c * c - d * d).squareRoot()
    let flip: Double = pixel[0] < 0 ? -1 : 1
    let turns: [[Double]] = [
      [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)],
      [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)],
      [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c],
    ]
    let scale = [pixel[1], pixel[2], pixel[3] * flip]
    let axes = zip(turns, scale).map { turn, step in turn.map { $0 * step } }
    return (axes, [read.float(268), read.float(272), read.float(276)])
  }

  private struct Reader {
    let header: [UInt8]
    let isBigEndian: Bool

    func short(_ at: Int) -> Int {
      Int(Int16(truncatingIfNeeded: header.integer(at, 2, isBigEndian)))
    }

    func float(_ at: Int) -> Double {
      Double(Float(bitPattern: UInt32(truncatingIfNeeded: header.integer(at, 4, isBigEndian))))
    }
  }
}

extension [UInt8] {
  fileprivate func integer(_ at: Int, _ count: Int, _ isBigEndian: Bool) -> Int {
    (0..<count).reduce(0) { sum, index in
      sum << 8 | Int(self[at + (isBigEndian ? index : count - 1 - index)])
    }
  }
}
