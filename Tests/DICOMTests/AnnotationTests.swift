import DICOM
import Foundation
import Imaging
import Testing

/// Outlines that people made, read as masks.
@Suite struct AnnotationTests {
  let bench: WriteBench
  private let reader = DCMTKReader()

  init() throws { bench = try WriteBench() }

  private func images(_ paths: [String]) throws -> [UID: Instance] {
    let read = try paths.map { try reader.read(path: $0) }
    return Dictionary(read.map { ($0.sopInstanceUID, $0) }, uniquingKeysWith: { a, _ in a })
  }

  private func annotations(_ path: String, over sources: [String]) throws -> [Annotation] {
    try reader.annotations(of: reader.read(path: path), over: images(sources))
  }

  private func segmentation(
    over sources: [String], _ masks: [(source: Int, mask: Mask)], _ name: String = "seg"
  ) throws -> String {
    let object = SegmentationObject(
      sources: sources.map { Sensitive($0) },
      segments: masks.enumerated().map { index, part in
        WriteBench.segment("part \(index)", [.init(source: part.source, mask: part.mask)])
      }, identity: WriteBench.identity(name), producer: WriteBench.producer)
    let file = bench.path(name + ".dcm")
    try object.write(to: file)
    return file
  }

  @Test func segmentsOfAFilmComeBackWithTheirNumbers() throws {
    let source = bench.path("film.dcm")
    try WriteBench.image(.computedRadiography, 37, 29).write(to: source)
    let masks = [1, 2].map { WriteBench.mask(37, 29, seed: $0) }
    let file = try segmentation(over: [source], masks.map { (0, $0) })
    let read = try annotations(file, over: [source])
    #expect(read.map(\.mask) == masks)
    #expect(read.map(\.number) == [1, 2])
    #expect(read.map(\.label.value) == ["part 0", "part 1"])
    #expect(read.allSatisfy { $0.type == .pneumothorax })
  }

  @Test func framesOfASeriesLieOnTheirSlices() throws {
    let sources = try bench.computedTomography()
    let masks = [0, 3].map { ($0, WriteBench.mask(37, 29, seed: UInt32($0 + 1))) }
    let file = try segmentation(over: sources, masks.map { (source: $0.0, mask: $0.1) })
    let read = try annotations(file, over: sources)
    #expect(read.count == 2)
    for (source, mask) in masks {
      let uid = try reader.read(path: sources[source]).sopInstanceUID
      #expect(read.first { $0.sopInstanceUID == uid }?.mask == mask)
    }
  }

  private func code(_ body: () throws -> Void) -> AnnotationError.Code? {
    do {
      try body()
      return nil
    } catch { return (error as? AnnotationError)?.code }
  }

  @Test func anImageThatIsNotThereIsNamed() throws {
    let source = bench.path("film.dcm")
    try WriteBench.image(.computedRadiography, 37, 29).write(to: source)
    let file = try segmentation(over: [source], [(0, WriteBench.mask(37, 29, seed: 1))])
    do {
      _ = try annotations(file, over: [])
      Issue.record("read")
    } catch let error as AnnotationError {
      #expect(error.code == .absentInstance && error.items == [1] && error.frame == 1)
      #expect(error.description.hasPrefix("annotation-of-absent-instance: file "))
      #expect(error.description.hasSuffix(", item 1, frame 1"))
    }
  }

  /// The same identifiers, but the picture has other sides, or lies on its side.
  @Test func masksOfAnotherSizeOrPlaneAreRefused() throws {
    let source = bench.path("film.dcm")
    try WriteBench.image(.computedRadiography, 37, 29).write(to: source)
    let file = try segmentation(over: [source], [(0, WriteBench.mask(37, 29, seed: 1))])
    try WriteBench.image(.computedRadiography, 29, 37).write(to: source)
    #expect(code { _ = try annotations(file, over: [source]) } == .size)
    let slices = try bench.computedTomography()
    let volume = try segmentation(over: slices, [(1, WriteBench.mask(37, 29, seed: 1))], "ct")
    var turned = try images(slices)
    for (uid, image) in turned {
      guard let plane = image.frames.first.flatMap({ $0 }) else { continue }
      var other = image
      other.frames = [
        PlaneGeometry(
          position: plane.position, rowDirection: plane.rowDirection * -1,
          columnDirection: plane.columnDirection, spacing: plane.spacing)
      ]
      turned[uid] = other
    }
    let object = try reader.read(path: volume)
    #expect(code { _ = try reader.annotations(of: object, over: turned) } == .orientation)
  }

  /// An RT Structure Set with one contour a list of points, of ROI 7 "Opacity".
  private func structureSet(
    _ contours: [(image: String?, points: [(Double, Double, Double)])],
    kind: String = "CLOSED_PLANAR"
  ) throws -> String {
    func sequence(_ stream: inout ByteStream, _ group: Int, _ element: Int, _ items: [[UInt8]]) {
      stream.head(group, element, "SQ", length: items.reduce(0) { $0 + $1.count + 8 })
      for item in items {
        stream.item(length: item.count)
        stream.bytes += item
      }
    }
    var roi = ByteStream()
    roi.text(0x3006, 0x0022, "IS", "7")
    roi.text(0x3006, 0x0024, "UI", "1.2.3.9")
    roi.text(0x3006, 0x0026, "LO", "Opacity")
    let items = contours.map { contour -> [UInt8] in
      var item = ByteStream()
      if let image = contour.image {
        var reference = ByteStream()
        reference.text(0x0008, 0x1155, "UI", image)
        sequence(&item, 0x3006, 0x0016, [reference.bytes])
      }
      item.text(0x3006, 0x0042, "CS", kind)
      item.text(0x3006, 0x0046, "IS", String(contour.points.count))
      item.text(
        0x3006, 0x0050, "DS",
        contour.points.map { "\($0.0)\\\($0.1)\\\($0.2)" }.joined(separator: "\\"))
      return item.bytes
    }
    var region = ByteStream()
    sequence(&region, 0x3006, 0x0040, items)
    region.text(0x3006, 0x0084, "IS", "7")
    var stream = ByteStream()
    stream.text(0x0008, 0x0016, "UI", "1.2.840.10008.5.1.4.1.1.481.3")
    stream.text(0x0008, 0x0018, "UI", "1.2.3.77")
    stream.text(0x0008, 0x0060, "CS", "RTSTRUCT")
    stream.text(0x0020, 0x000D, "UI", "1.2.3.4")
    stream.text(0x0020, 0x000E, "UI", "1.2.3.78")
    sequence(&stream, 0x3006, 0x0020, [roi.bytes])
    sequence(&stream, 0x3006, 0x0039, [region.bytes])
    let path = bench.path("rt.dcm")
    try Data(stream.file()).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Slices of 8 x 6 pixels of .5 mm, rows along x, 2 mm apart.
  private func slices() throws -> [String] {
    try (1...2).map { number in
      let path = bench.path("slice-\(number).dcm")
      let slice = Specimen(
        instance: number, rows: 6, columns: 8, position: "10\\20\\\(2 * number)",
        pixels: [Int](repeating: 0, count: 48),
        extra: { $0.text(0x0020, 0x0052, "UI", "1.2.3.9") })
      try Data(slice.dataSet().file()).write(to: URL(fileURLWithPath: path))
      return path
    }
  }

  /// A square with a hole: columns 1 ... 5, rows 1 ... 4, without columns 2 ... 3 of row 2.
  @Test func contoursFillTheCellsInsideThem() throws {
    let slices = try slices()
    let outer = [(10.4, 20.4, 2.0), (12.7, 20.4, 2.0), (12.7, 22.2, 2.0), (10.4, 22.2, 2.0)]
    let hole = [(10.9, 20.9, 2.0), (11.7, 20.9, 2.0), (11.7, 21.2, 2.0), (10.9, 21.2, 2.0)]
    for named in [true, false] {
      let image = named ? "1.2.3.6.1" : nil
      let file = try structureSet([(image, outer), (image, hole)])
      let read = try annotations(file, over: slices)
      let one = try #require(read.first)
      #expect(read.count == 1 && one.number == 7 && one.label.value == "Opacity")
      #expect(one.sopInstanceUID.value == "1.2.3.6.1")
      let rows = (0..<6).map { row in (0..<8).map { one.mask[row, $0] ? "x" : "." }.joined() }
      #expect(
        rows == ["........", ".xxxxx..", ".x..xx..", ".xxxxx..", ".xxxxx..", "........"])
    }
  }

  @Test func contoursThatFitNoSliceAreRefused() throws {
    let slices = try slices()
    let away = [(10.0, 20.0, 9.0), (12.0, 20.0, 9.0), (12.0, 22.0, 9.0)]
    let off = try structureSet([("1.2.3.6.1", away)])
    #expect(code { _ = try annotations(off, over: slices) } == .orientation)
    let absent = try structureSet([("1.2.3.6.99", away)])
    #expect(code { _ = try annotations(absent, over: slices) } == .absentInstance)
    let points = try structureSet([("1.2.3.6.1", away)], kind: "POINT")
    #expect(code { _ = try annotations(points, over: slices) } == .unsupported)
    let film = bench.path("film.dcm")
    let flat = Specimen(
      sopClass: "1.2.840.10008.5.1.4.1.1.1", modality: "CR", rows: 6, columns: 8, position: nil,
      pixels: [Int](repeating: 0, count: 48))
    try Data(flat.dataSet().file()).write(to: URL(fileURLWithPath: film))
    let onFilm = try structureSet([("1.2.3.6.1", away)])
    #expect(code { _ = try annotations(onFilm, over: [film]) } == .geometry)
  }

  /// The rows that Pillow 13 fills for the same corners.
  @Test func polygonsAreFilledWithTheirBorder() {
    let triangle = Contour(points: [
      .init(column: 1, row: 1), .init(column: 5, row: 1), .init(column: 1, row: 5),
    ])
    #expect(Mask(width: 7, height: 7, filling: [triangle]).count == 10)
    let mask = Mask(width: 7, height: 7, scanning: triangle)
    #expect(mask.count == 15)
    #expect(mask[1, 5] && mask[5, 1] && !mask[4, 4])
    let kite = Contour(points: [
      .init(column: 4.9, row: 0.2), .init(column: 8, row: 3), .init(column: 4, row: 9.7),
      .init(column: 1, row: 3),
    ])
    let rows = (0..<10).map { row in
      (0..<10).map { Mask(width: 10, height: 10, scanning: kite)[row, $0] ? "x" : "." }.joined()
    }
    #expect(
      rows == [
        "....x.....",
        "...xxx....",
        "..xxxxxx..",
        ".xxxxxxxx.",
        "..xxxxxx..",
        "..xxxxxx..",
        "...xxxx...",
        "...xxx....",
        "....xx....",
        "....x.....",
      ])
  }
}
