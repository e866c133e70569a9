/// Which fragments of encapsulated Pixel Data make up which frame (PS3.5 A.4).
struct FragmentMap {
  /// Without the offset table.
  let fragments: ArraySlice<Range<Int>>
  private let starts: [Int]

  /// - Throws: `corruptPixelData` when the frames cannot be told apart.
  init(_ data: Structure.PixelData, frames: Int, in source: ByteSource, _ encoding: Encoding)
    throws(DICOMError)
  {
    let items = data.fragments ?? []
    fragments = items.dropFirst()
    if frames == 1 {
      starts = [1]
    } else if fragments.count == frames {
      starts = Array(1...frames)
    } else if let table = try Self.table(items, frames, source, encoding) {
      starts = table
    } else {
      let found = try Self.signatures(items, source)
      guard found.count == frames else {
        throw DICOMError(.corruptPixelData, at: .attribute(.pixelData), valueClass: .inconsistent)
      }
      starts = found
    }
  }

  /// Index of the first fragment of a frame, counted from 1, as the offset table is item 0.
  func start(of frame: Int) -> Int { starts[frame] }

  /// The byte ranges of a frame.
  func ranges(of frame: Int) -> [Range<Int>] {
    let end = frame + 1 < starts.count ? starts[frame + 1] : fragments.endIndex
    return Array(fragments[starts[frame]..<end])
  }

  /// By the basic offset table, when it has an entry a frame and each points at an item.
  private static func table(
    _ items: [Range<Int>], _ frames: Int, _ source: ByteSource, _ encoding: Encoding
  ) throws(DICOMError) -> [Int]? {
    guard items[0].count == frames * 4 else { return nil }
    let bytes = try source.load(at: items[0].lowerBound, items[0].count)
    var index: [Int: Int] = [:]
    for item in items.indices.dropFirst() {
      index[items[item].lowerBound - 8 - items[0].upperBound] = item
    }
    var starts: [Int] = []
    for frame in 0..<frames {
      guard let item = index[Int(encoding.uint32(bytes[...], frame * 4))],
        item > starts.last ?? 0
      else { return nil }
      starts.append(item)
    }
    return starts
  }

  /// By the first bytes of a codestream: SOI of the JPEG family, or SOC and SIZ of JPEG 2000.
  private static func signatures(_ items: [Range<Int>], _ source: ByteSource) throws(DICOMError)
    -> [Int]
  {
    var starts: [Int] = []
    for item in items.indices.dropFirst() {
      let head = try source.bytes(at: items[item].lowerBound, 4)
      if head.starts(with: [0xFF, 0xD8, 0xFF]) || head.elementsEqual([0xFF, 0x4F, 0xFF, 0x51]) {
        starts.append(item)
      }
    }
    return starts
  }
}
