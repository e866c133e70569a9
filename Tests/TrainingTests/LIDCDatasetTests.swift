import DICOM
import Foundation
import Imaging
import Phantoms
import Testing
import Training

/// A phantom series with the marks of four readers, as LIDC-IDRI publishes them.
@Suite struct LIDCDatasetTests {
  private static let size = 96
  private static let count = 16

  private struct Tree {
    let path: String
    let phantom: CTPhantom
    let series: String
    /// By slice from the base.
    let sops: [String]

    func remove() { try? FileManager.default.removeItem(atPath: path) }
  }

  private func tree() throws -> Tree {
    let path = NSTemporaryDirectory() + "lidc-\(UUID().uuidString)"
    let folder = path + "/LIDC-IDRI-0001/study/series"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let study = CTStudy(
      seed: 3, index: 1, size: Self.size, slices: Self.count, hasLesions: false, style: .init())
    for slice in 0..<study.sliceCount {
      try study.write(slice: slice, to: folder + "/\(slice).dcm")
    }
    let first = try DCMTKReader().read(path: folder + "/0.dcm")
    return Tree(
      path: path, phantom: study.phantom, series: first.seriesInstanceUID.value,
      sops: (0..<study.sliceCount).map { study.sopInstanceUID($0).value })
  }

  /// The pixels just outside a box of whole pixels, as readers draw.
  private func outline(_ columns: ClosedRange<Int>, _ rows: ClosedRange<Int>) -> [(Int, Int)] {
    let (left, right) = (columns.lowerBound - 1, columns.upperBound + 1)
    let (top, bottom) = (rows.lowerBound - 1, rows.upperBound + 1)
    return (left...right).map { ($0, top) } + (top...bottom).dropFirst().map { (right, $0) }
      + (left...right).reversed().dropFirst().map { ($0, bottom) }
      + (top...bottom).reversed().dropFirst().dropLast().map { (left, $0) }
  }

  private func region(
    _ sop: String, z: Double = 0, _ points: [(Int, Int)], isIncluded: Bool = true
  ) -> String {
    "<roi><imageZposition>\(z)</imageZposition><imageSOP_UID>\(sop)</imageSOP_UID>"
      + "<inclusion>\(isIncluded ? "TRUE" : "FALSE")</inclusion>"
      + points.map {
        "<edgeMap><xCoord>\($0.0)</xCoord><yCoord>\($0.1)</yCoord></edgeMap>"
      }.joined() + "</roi>"
  }

  private func nodule(_ regions: String...) -> String {
    "<unblindedReadNodule><noduleID>N</noduleID><characteristics><subtlety>4</subtlety>"
      + "<malignancy>3</malignancy></characteristics>" + regions.joined()
      + "</unblindedReadNodule>"
  }

  private func document(_ series: String, _ readers: [String]) -> String {
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<LidcReadMessage xmlns=\"http://www.nih.gov\">"
      + "<ResponseHeader><SeriesInstanceUid>\(series)</SeriesInstanceUid></ResponseHeader>"
      + readers.map { "<readingSession>\($0)</readingSession>" }.joined() + "</LidcReadMessage>"
  }

  private func open(
    _ tree: Tree, _ xml: String, _ consensus: ReaderConsensus? = nil, drop: Bool = false,
    kind: DatasetKind? = nil
  ) throws -> any Dataset {
    try xml.write(
      toFile: tree.path + "/LIDC-IDRI-0001/study/series/069.xml", atomically: true,
      encoding: .utf8)
    var rules = DatasetRules()
    rules.consensus = consensus
    if drop { rules.labelsWithoutFiles = .drop }
    var request = DatasetRequest(
      path: tree.path, kind: kind, names: ["nodule"], rules: rules)
    request.needs = FilmSource.Needs(hounsfield: true, lungs: true)
    return try DatasetReader.open(request)
  }

  private func film(_ set: any Dataset, of slice: Int) throws -> Film? {
    try set.items.firstIndex { $0.id.value.hasSuffix("#\(slice)") }.map(set.film)
  }

  private func mask(_ columns: ClosedRange<Int>, _ rows: ClosedRange<Int>) -> Mask {
    var mask = Mask(width: Self.size, height: Self.size)
    for row in rows { for column in columns { mask[row, column] = true } }
    return mask
  }

  @Test func slicesAreLabelledByHowManyReadersAgree() throws {
    let tree = try tree()
    defer { tree.remove() }
    let sops = tree.sops
    let point = "<unblindedReadNodule>" + region(sops[9], [(30, 40)]) + "</unblindedReadNodule>"
    let other =
      "<nonNodule><nonNoduleID>1</nonNoduleID><imageZposition>0</imageZposition><imageSOP_UID>"
      + "\(sops[11])</imageSOP_UID><locus><xCoord>30</xCoord><yCoord>40</yCoord></locus></nonNodule>"
    let set = try open(
      tree,
      document(
        tree.series,
        [
          nodule(
            region(sops[5], outline(30...35, 40...44)), region(sops[6], outline(30...35, 40...44))),
          nodule(
            region(sops[5], outline(31...36, 40...44)), region(sops[7], outline(30...35, 40...44))),
          nodule(region(sops[6], outline(60...62, 40...44))) + point, other,
        ]), .two)
    #expect(set.kind == .lidc)
    let labels = Dictionary(
      uniqueKeysWithValues: set.items.map { ($0.id.value.split(separator: "#")[1], $0.labels[0]) })
    // Two agree; two mark different places; one alone; a mark below 3 mm; no nodule at all.
    #expect(labels["5"] == 1 && labels["6"] == nil && labels["7"] == nil && labels["9"] == nil)
    #expect(labels["11"] == 0 && labels["0"] == 0 && labels.count == Self.count - 3)
    #expect(set.skipped[.labelUnknown] == 3)
    let film = try #require(try film(set, of: 5))
    // The outline lies outside; both readers drew columns 31 to 35.
    #expect(film.truth == mask(31...35, 40...44))
    let spacing = tree.phantom.volume.planes[5].spacing
    #expect(abs((film.spacing?.row ?? 0) - spacing.row) < 1e-9)
    let lungs = try #require(film.lungs)
    #expect(lungs.intersection(tree.phantom.lungs[5]).count * 10 > lungs.count * 8)
    #expect(try self.film(set, of: 0)?.truth?.isEmpty == true)
    #expect(
      zip(film.image.pixels, tree.phantom.volume.slice(5).pixels).allSatisfy {
        abs($0 - max(-1024, $1)) <= 1
      })
  }

  @Test func holesAreTakenOut() throws {
    let tree = try tree()
    defer { tree.remove() }
    let one = nodule(
      region(tree.sops[4], outline(30...39, 40...49)),
      region(tree.sops[4], outline(34...35, 44...45), isIncluded: false))
    let set = try open(tree, document(tree.series, [one, one]), .half)
    #expect(
      try film(set, of: 4)?.truth
        == mask(30...39, 40...49).subtracting(mask(34...35, 44...45)))
  }

  /// One nodule of a slice says nothing of another: what a single reader marked is in no consensus, and half
  /// of two is one.
  @Test func nodulesOfASliceAreJudgedByThemselves() throws {
    let tree = try tree()
    defer { tree.remove() }
    let sop = tree.sops[4]
    let first = nodule(region(sop, outline(30...35, 40...45)))
    let second = nodule(region(sop, outline(50...55, 40...45)))
    let shifted = nodule(region(sop, outline(52...57, 40...45)))
    let alone = nodule(region(sop, outline(70...75, 40...45)))
    let xml = document(tree.series, [first + second, first + shifted, first + alone, first])
    let agreed = mask(30...35, 40...45)
    #expect(
      try film(open(tree, xml, .two), of: 4)?.truth == agreed.union(mask(52...55, 40...45)))
    #expect(
      try film(open(tree, xml, .half), of: 4)?.truth == agreed.union(mask(50...57, 40...45)))
    let merged = try #require(try film(open(tree, xml), of: 4)?.truth)
    #expect(agreed.subtracting(merged).isEmpty)
    #expect(merged.intersection(mask(70...75, 40...45)).isEmpty)
  }

  /// Three readers agree but for one who also marks far too much, and one who missed the nodule.
  @Test func consensusIsAsAskedFor() throws {
    let tree = try tree()
    defer { tree.remove() }
    let good = nodule(region(tree.sops[4], outline(30...39, 40...49)))
    let wide = nodule(region(tree.sops[4], outline(26...43, 36...53)))
    let small = nodule(region(tree.sops[4], outline(32...37, 42...47)))
    let xml = document(tree.series, [good, wide, small, ""])
    #expect(try film(open(tree, xml, .two), of: 4)?.truth == mask(30...39, 40...49))
    #expect(try film(open(tree, xml, .half), of: 4)?.truth == mask(30...39, 40...49))
    let merged = try #require(try film(open(tree, xml), of: 4)?.truth)
    #expect(merged == (try film(open(tree, xml, .staple), of: 4)?.truth))
    #expect(merged.subtracting(mask(26...43, 36...53)).isEmpty)
    #expect(mask(32...37, 42...47).subtracting(merged).isEmpty)
    let first = try open(tree, xml, .two)
    #expect(try first.contentDigest(0) != open(tree, xml).contentDigest(0))
    #expect(try first.contentDigest(0) == open(tree, xml, .two).contentDigest(0))
  }

  @Test func slicesAreFoundByPositionWhereTheIdentifierIsUnknown() throws {
    let tree = try tree()
    defer { tree.remove() }
    let z = tree.phantom.volume.planes[4].position.z
    let one = nodule(region("1.2.3", z: z, outline(30...39, 40...49)))
    let set = try open(tree, document(tree.series, [one, one]), .two)
    #expect(try film(set, of: 4)?.truth == mask(30...39, 40...49))
  }

  @Test func readingsThatDoNotFitAreRefusedByNumber() throws {
    let tree = try tree()
    defer { tree.remove() }
    let one = nodule(region(tree.sops[4], outline(30...39, 40...49)))
    let broken = document(tree.series, [one]).replacingOccurrences(of: "</roi>", with: "")
    let away = document(
      tree.series, [nodule(region("1.2.3", z: 9999, outline(30...39, 40...49)))])
    let letters = document(tree.series, [one]).replacingOccurrences(
      of: "<xCoord>30", with: "<xCoord>x")
    for (name, xml) in [
      ("broken", broken), ("letters", letters), ("nobody", document(tree.series, [])),
    ] {
      let error = #expect(throws: TrainingError.self, "\(name)") {
        _ = try open(tree, xml, .two, kind: .lidc)
      }
      #expect(error?.code == .annotation && error?.index == 0, "\(name)")
    }
    let stray = #expect(throws: TrainingError.self) { _ = try open(tree, away, .two) }
    #expect(stray?.code == .labelsWithoutFiles && stray?.rows == [0])
    let counted = try open(tree, away, .two, drop: true)
    #expect(counted.skipped[.labelWithoutFile] == 1 && counted.items.count == Self.count)
    let elsewhere = document("1.2.3.4", [one])
    let error = #expect(throws: TrainingError.self) { _ = try open(tree, elsewhere) }
    #expect(error?.code == .labelsWithoutFiles)
    let none = #expect(throws: TrainingError.self) { _ = try open(tree, elsewhere, drop: true) }
    #expect(none?.code == .noSamples)
    // Readings of radiographs are passed over.
    let film = "<?xml version=\"1.0\"?><IdriReadMessage></IdriReadMessage>"
    try film.write(toFile: tree.path + "/film.xml", atomically: true, encoding: .utf8)
    let set = try open(tree, document(tree.series, [one, one]))
    #expect(set.skipped[.otherAnnotation] == 1)
  }
}
