import CZlib
import Foundation

/// A three-dimensional image file (NIfTI-1, MetaImage) with its slices in patient coordinates (LPS, mm),
/// ordered along their normal. Values are as the file scales them: Hounsfield units for most CT.
package struct VolumeFile: SliceStack, Sendable {
  package let columns: Int
  package let rows: Int
  package let planes: [PlaneGeometry]
  private let layout: Layout
  /// Place of each slice in the file.
  private let places: [Int]

  /// How values lie in the bytes.
  struct Layout: Sendable {
    enum Element: Sendable {
      case int8, uint8, int16, uint16, int32, uint32, float32, float64

      var bytes: Int {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32: 4
        case .float64: 8
        }
      }
    }

    var element: Element
    var isBigEndian: Bool
    var slope = 1.0
    var intercept = 0.0
    /// From the first value on.
    var bytes: ArraySlice<UInt8>
  }

  /// Where the grid lies: the vectors of one step along column, row and slice, and the first voxel's
  /// centre.
  struct Grid {
    var size: (columns: Int, rows: Int, slices: Int)
    var column: Vector3
    var row: Vector3
    var slice: Vector3
    var origin: Vector3
  }

  /// Of decompressed bytes: more is refused.
  static let limit = 2 << 30

  /// Reads `.nii`, `.nii.gz` and `.mhd` with its raw file. Throws `ImagingError`: `unreadable`,
  /// `undecodable` naming the part of the header, `tooLarge`.
  package static func read(_ path: String) throws -> VolumeFile {
    let lower = path.lowercased()
    if lower.hasSuffix(".mhd") || lower.hasSuffix(".mha") { return try MetaImage.read(path) }
    guard lower.hasSuffix(".nii") || lower.hasSuffix(".nii.gz") else {
      throw ImagingError(.undecodable, "volume file name")
    }
    return try NIfTI.decode(bytes(path, isCompressed: lower.hasSuffix(".gz")))
  }

  /// The files that a volume lies in: the one named, and the voxels beside it. Throws as `read`.
  package static func files(of path: String) throws -> [String] {
    let isMetaImage = [".mhd", ".mha"].contains(where: path.lowercased().hasSuffix)
    return [path] + (isMetaImage ? try [MetaImage.dataFile(of: path)].compactMap { $0 } : [])
  }

  init(_ grid: Grid, _ layout: Layout) throws {
    let size = grid.size
    guard [size.columns, size.rows, size.slices].allSatisfy({ (1...4096).contains($0) }) else {
      throw ImagingError(.undecodable, "volume size")
    }
    let count = size.columns * size.rows * size.slices
    guard layout.bytes.count >= count * layout.element.bytes else {
      throw ImagingError(.undecodable, "volume data shorter than its size")
    }
    let steps = [grid.column, grid.row, grid.slice]
    guard
      (steps + [grid.origin]).allSatisfy({ $0.x.isFinite && $0.y.isFinite && $0.z.isFinite }),
      steps.allSatisfy({ (0.01...1000).contains($0.length) }),
      abs(grid.column.dot(grid.row)) < 0.01 * grid.column.length * grid.row.length
    else { throw ImagingError(.undecodable, "volume geometry") }
    columns = size.columns
    rows = size.rows
    self.layout = layout
    let planes = (0..<size.slices).map { index in
      PlaneGeometry(
        position: grid.origin + grid.slice * Double(index),
        rowDirection: grid.column * (1 / grid.column.length),
        columnDirection: grid.row * (1 / grid.row.length),
        spacing: PixelSpacing(row: grid.row.length, column: grid.column.length))
    }
    let rises = grid.slice.dot(planes[0].normal) >= 0
    places = rises ? Array(0..<size.slices) : Array((0..<size.slices).reversed())
    self.planes = rises ? planes : planes.reversed()
  }

  package func slice(_ index: Int) -> Image {
    let size = columns * rows
    let width = layout.element.bytes
    let first = layout.bytes.startIndex + places[index] * size * width
    let pixels = layout.bytes.withUnsafeBytes { all -> [Float] in
      let raw = UnsafeRawBufferPointer(
        rebasing: all[
          (first - layout.bytes.startIndex)..<(first - layout.bytes.startIndex) + size * width])
      return (0..<size).map { Float(value(raw, $0 * width) * layout.slope + layout.intercept) }
    }
    return Image(width: columns, height: rows, pixels: pixels)
  }

  private func value(_ raw: UnsafeRawBufferPointer, _ at: Int) -> Double {
    func load<T: FixedWidthInteger>(_ type: T.Type) -> T {
      let value = raw.loadUnaligned(fromByteOffset: at, as: type)
      return layout.isBigEndian ? T(bigEndian: value) : T(littleEndian: value)
    }
    switch layout.element {
    case .int8: return Double(load(Int8.self))
    case .uint8: return Double(load(UInt8.self))
    case .int16: return Double(load(Int16.self))
    case .uint16: return Double(load(UInt16.self))
    case .int32: return Double(load(Int32.self))
    case .uint32: return Double(load(UInt32.self))
    case .float32: return Double(Float(bitPattern: load(UInt32.self)))
    case .float64: return Double(bitPattern: load(UInt64.self))
    }
  }

  /// The bytes of a file, unpacked where they are compressed (gzip or zlib).
  static func bytes(_ path: String, isCompressed: Bool) throws -> ArraySlice<UInt8> {
    let packed = try AtomicFile.read(path, limit: limit)
    return isCompressed ? try unpacked(packed) : packed[...]
  }

  private static func unpacked(_ packed: [UInt8]) throws -> ArraySlice<UInt8> {
    var stream = z_stream()
    // 32: the header says whether it is gzip or zlib.
    guard
      inflateInit2_(
        &stream, MAX_WBITS + 32, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { throw ImagingError(.undecodable, "volume decompression") }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    try packed.withUnsafeBufferPointer { source in
      stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
      stream.avail_in = UInt32(clamping: source.count)
      while true {
        let size = piece.count
        let status = piece.withUnsafeMutableBufferPointer { target in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(size)
          return inflate(&stream, Z_NO_FLUSH)
        }
        output.append(contentsOf: piece.prefix(size - Int(stream.avail_out)))
        guard output.count <= limit else { throw ImagingError(.tooLarge, "volume") }
        if status == Z_STREAM_END { return }
        guard status == Z_OK else { throw ImagingError(.undecodable, "volume decompression") }
      }
    }
    return output[...]
  }
}
