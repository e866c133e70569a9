import Foundation
import Imaging
import Testing
import Training

@Suite struct VOCDatasetTests {
  private static func annotation(_ objects: [String]) -> String {
    let body = objects.map {
      """
        <object><name> \($0)
        </name><difficult>1</difficult>
          <part><name>head</name><bndbox><xmin>1</xmin></bndbox></part></object>
      """
    }
    return "<?xml version=\"1.0\"?><!-- made -->\n<annotation><folder>VOC2012</folder><empty/>"
      + body.joined() + "</annotation>\n"
  }

  private static let palette = (0..<256).map { index -> RGB in
    // The colours of VOC: bits of the index dealt out to red, green and blue.
    var color: [UInt8] = [0, 0, 0]
    for bit in 0..<8 {
      color[bit % 3] |= UInt8(index >> bit & 1) << UInt8(7 - bit / 3)
    }
    return RGB(color[0], color[1], color[2])
  }

  /// `2007_000001` with a palette mask, `2007_000002` with SBD's, `2007_000003` to validate.
  private func tree(_ folder: borrowing TestFolder) throws {
    let root = "VOCdevkit/VOC2012"
    for (id, objects) in [
      ("2007_000001", ["person", "dog"]), ("2007_000002", ["car"]), ("2007_000003", ["person"]),
      ("2007_000004", []),
    ] {
      try folder.write(Self.annotation(objects), "\(root)/Annotations/\(id).xml")
      try folder.make("\(root)/JPEGImages")
      let jpeg = try #require(Data(base64Encoded: Self.jpeg))
      try AtomicFile.write([UInt8](jpeg), to: "\(folder.path)/\(root)/JPEGImages/\(id).jpg")
    }
    let indices = PNG.Indexed(
      width: 4, height: 3, indices: [0, 15, 15, 255, 0, 0, 15, 255, 7, 0, 0, 0])
    try folder.make("\(root)/SegmentationClass")
    try AtomicFile.write(
      PNG.encode(indices, palette: Self.palette),
      to: "\(folder.path)/\(root)/SegmentationClass/2007_000001.png")
    try folder.make("benchmark_RELEASE/dataset/cls")
    let mat = try #require(Data(base64Encoded: Self.mat))
    try AtomicFile.write(
      [UInt8](mat), to: folder.path + "/benchmark_RELEASE/dataset/cls/2007_000002.mat")
    try folder.write("2007_000001\n2007_000002\n", "\(root)/ImageSets/Segmentation/train.txt")
    try folder.write("2007_000003\n", "\(root)/ImageSets/Segmentation/val.txt")
  }

  @Test func readsLabelsMasksAndSplits() throws {
    let folder = try TestFolder()
    try tree(folder)
    #expect(DatasetReader.guess(folder.path) == .voc)
    let set = try DatasetReader.open(
      DatasetRequest(path: folder.path, names: ["person", "car", "head"], threads: 2))
    #expect(set.items.map(\.labels) == [[1, 0, nil], [0, 1, nil], [1, 0, nil]])
    #expect(set.items.map(\.split) == ["train", "train", "validation"])
    #expect(set.skipped == [.fileWithoutLabel: 1])
    let truth = Mask(width: 4, height: 3, bits: [0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0])
    // The same classes from the palette of VOC and from the array of SBD.
    #expect(try set.film(0).truth == truth)
    #expect(try set.film(1).truth == truth)
    #expect(try set.film(2).truth == nil)
    let voc = try #require(set as? VOCDataset)
    #expect(try voc.classMap(0)?.values == [0, 15, 15, 255, 0, 0, 15, 255, 7, 0, 0, 0])
    #expect(try voc.classMap(0) == voc.classMap(1))
    let all = try DatasetReader.open(DatasetRequest(path: folder.path, threads: 1))
    #expect(all.items[0].labels.count == 20 && all.items[0].labels[11] == 1)
  }

  @Test func trainsOnTheIdentifiersOfAList() throws {
    let folder = try TestFolder()
    try tree(folder)
    try folder.write(
      "/JPEGImages/2007_000004.jpg /SegmentationClassAug/2007_000004.png\n", "aug.txt")
    var request = DatasetRequest(path: folder.path, list: folder.path + "/aug.txt", threads: 1)
    #expect(try DatasetReader.open(request).items.map(\.row) == [1, 1])
    try folder.write("2007_000004\n2007_000003\n", "aug.txt")
    #expect(throws: TrainingError(.patientInTwoSplits, rows: [1])) {
      try DatasetReader.open(request)
    }
    try folder.write("2007_000004\n2007_000099\n", "aug.txt")
    #expect(throws: TrainingError(.labelsWithoutFiles, rows: [2])) {
      try DatasetReader.open(request)
    }
    request.rules.labelsWithoutFiles = .drop
    #expect(try DatasetReader.open(request).skipped[.labelWithoutFile] == 1)
    try folder.write("../../etc\n", "aug.txt")
    #expect(try DatasetReader.open(request).items.count == 1)
    try folder.write("a$b\n", "aug.txt")
    #expect(throws: TrainingError(.listRow, index: 1)) { try DatasetReader.open(request) }
  }

  @Test func annotationsThatAreNoneAreRefused() {
    let names = { (text: String) in VOCAnnotation.objects(Array(text.utf8)) }
    #expect(names(Self.annotation(["cat", "cat", "sofa"])) == ["cat", "sofa"])
    #expect(names("<annotation/>") == nil)
    #expect(names("<annotation></annotation>") == [])
    for text in [
      "", "cat", "<annotation>", "<annotation><object></annotation>", "<html></html>",
      "<annotation></annotation><annotation></annotation>", "<annotation><", "<annotation><!--",
      "<!DOCTYPE a [<!ENTITY b 'c'>]><annotation></annotation>",
      "<annotation>" + String(repeating: "<a>", count: 40),
    ] {
      #expect(names(text) == nil, "\(text)")
    }
  }

  /// Every cut and every altered byte either reads or throws.
  @Test func damagedArraysNeverTrap() throws {
    let whole = [UInt8](try #require(Data(base64Encoded: Self.mat)))
    #expect(try MATFile.segmentation(whole).width == 4)
    for count in 0..<whole.count {
      #expect(throws: TrainingError(.annotation)) {
        try MATFile.segmentation(Array(whole.prefix(count)))
      }
    }
    for index in whole.indices {
      var other = whole
      other[index] ^= 0xFF
      do {
        #expect(try MATFile.segmentation(other).values.count == 12)
      } catch { #expect(error as? TrainingError == TrainingError(.annotation)) }
    }
  }

  /// SciPy's `savemat`, compressed: a GTcls of 3 rows and 4 columns with 20 empty boundaries.
  private static let mat = """
    TUFUTEFCIDUuMCBNQVQtZmlsZSBQbGF0Zm9ybTogcG9zaXgsIENyZWF0ZWQgb246IFRodSBOb3YgMjYgMDI6NDc6MDYgMjAy\
    NgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABSU0PAAAAtQAAAHic42NgYFjB\
    wcDABqSBFAMTAwSwQvmMSBgk5h6SnFMMZrMwCEHFzYDYKb80LyWxKDO1GGoAQ3Bqem5qXkliSWZ+HkTEObEkNT0fpCagKLUY\
    KAcU4wPZz46wnxHNfhEk+xmg6iMYEOpZkdwG4jMDMQuaOTBahAE34Bw1f9T8UfNHzR81f9T8UfPxmu+AZD5MHJf5oPYED5jF\
    zs/AwM/P8P8/3BwDPOYwMaDW+0xACDIBAHhxJVU=
    """
  private static let jpeg = """
    /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAYEBQYFBAYGBQYHBwYIChAKCgkJChQODwwQFxQYGBcUFhYaHSUfGhsjHBYWICwg\
    IyYnKSopGR8tMC0oMCUoKSj/wAALCAADAAQBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABv/EABwQAAEDBQAAAAAAAAAAAAAA\
    AAYAAQMEFSWR0f/aAAgBAQAAPwB+NAAraYsHSafq/9k=
    """
}
