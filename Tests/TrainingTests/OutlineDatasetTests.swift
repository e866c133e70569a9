import DICOM
import Foundation
import Imaging
import Networks
import Testing
import Training

/// Experts' outlines, by the ways that data sets and viewers give them.
@Suite struct OutlineDatasetTests {
  private func code(_ body: () throws -> Void) -> TrainingError.Code? {
    do {
      try body()
      return nil
    } catch { return (error as? TrainingError)?.code }
  }

  // MARK: CheXpert

  /// Two patients; the second has an uncertain and a blank label; outlines of the first.
  private func cheXpert(
    _ folder: borrowing TestFolder, segmentations: String? = nil, annotations: String? = nil
  ) throws {
    for name in [
      "valid/patient1/study1/view1_frontal", "valid/patient2/study1/view1_frontal",
      "valid/patient2/study1/view2_lateral",
    ] {
      try folder.picture("CheXpert-v1.0-small/" + name + ".png", seed: 3, side: 5)
      try FileManager.default.moveItem(
        atPath: folder.path + "/CheXpert-v1.0-small/" + name + ".png",
        toPath: folder.path + "/CheXpert-v1.0-small/" + name + ".jpg.png")
    }
    try folder.write(
      """
      Path,Sex,Age,Frontal/Lateral,AP/PA,Cardiomegaly,Lung Opacity,Pleural Effusion
      CheXpert-v1.0-small/valid/patient1/study1/view1_frontal.jpg.png,Male,50,Frontal,AP,1.0,0.0,1.0
      CheXpert-v1.0-small/valid/patient2/study1/view1_frontal.jpg.png,Male,50,Frontal,AP,-1.0,,0.0
      CheXpert-v1.0-small/valid/patient2/study1/view2_lateral.jpg.png,Male,50,Lateral,,-1.0,,0.0

      """, "valid.csv")
    if let segmentations { try folder.write(segmentations, "gt_segmentations_val.json") }
    if let annotations { try folder.write(annotations, "CheXlocalize/gt_annotations_val.json") }
  }

  private func open(
    _ folder: borrowing TestFolder, names: [String] = ["Cardiomegaly", "Airspace Opacity"]
  ) throws -> any Dataset {
    try DatasetReader.open(DatasetRequest(path: folder.path, names: names, threads: 2))
  }

  @Test func cheXpertGivesUncertainLabelsAndSplits() throws {
    let folder = try TestFolder()
    try cheXpert(folder)
    let set = try open(folder, names: ["Cardiomegaly", "Airspace Opacity", "Pleural Effusion"])
    #expect(set.kind == .cheXpert && set.items.count == 2)
    #expect(set.items.map(\.labels) == [[1, 0, 1], [-1, 0, 0]])
    #expect(set.items.map(\.split) == ["validation", "validation"])
    #expect(set.skipped == [.lateralView: 1])
    #expect(try set.film(0).truths.allSatisfy { $0 == nil })
    #expect(code { _ = try open(folder, names: ["Nonsense"]) } == .listColumn)
  }

  /// The fixture of the card: 5 x 4, ones in rows 1 ... 3 of columns 1 and 2.
  @Test func runLengthsOfCOCOAreColumns() throws {
    let folder = try TestFolder()
    try cheXpert(
      folder,
      segmentations: """
        {"patient1_study1_view1_frontal": {"Cardiomegaly": {"size": [5, 5], "counts": "63209"}}}
        """)
    let truths = try open(folder).film(0).truths
    let heart = try #require(truths[0])
    let rows = (0..<5).map { row in (0..<5).map { heart[row, $0] ? "x" : "." }.joined() }
    #expect(rows == [".....", ".xx..", ".xx..", ".xx..", "....."])
    #expect(truths[1]?.isEmpty == true)
  }

  @Test func polygonsAreFilledWithTheirEdges() throws {
    let folder = try TestFolder()
    try cheXpert(
      folder,
      annotations: """
        {"patient1_study1_view1_frontal": {"img_size": [5, 5],
         "Airspace Opacity": [[[1, 1], [3, 1], [3, 3], [1, 3]]]}}
        """)
    let truths = try open(folder).film(0).truths
    #expect(truths[0]?.isEmpty == true)
    #expect(truths[1]?.count == 9)
  }

  @Test func outlinesThatDoNotFitAreRefused() throws {
    let transposed = try TestFolder()
    try cheXpert(
      transposed,
      segmentations: """
        {"patient1_study1_view1_frontal": {"Cardiomegaly": {"size": [5, 4], "counts": "63204"}}}
        """)
    #expect {
      _ = try open(transposed).film(0)
    } throws: {
      let error = $0 as? TrainingError
      return error?.code == .maskSize && error?.index == 2 && error?.column == "cardiomegaly"
    }
    let absent = try TestFolder()
    try cheXpert(
      absent,
      segmentations: """
        {"patient9_study1_view1_frontal": {"Cardiomegaly": {"size": [5, 5], "counts": "63209"}}}
        """)
    #expect {
      _ = try open(absent)
    } throws: {
      let error = $0 as? TrainingError
      return error?.code == .annotationsWithoutImages && error?.rows == [1]
    }
    let short = try TestFolder()
    try cheXpert(
      short,
      segmentations: """
        {"patient1_study1_view1_frontal": {"Cardiomegaly": {"size": [5, 5], "counts": "632"}}}
        """)
    #expect(code { _ = try open(short).film(0) } == .runLength)
    let broken = try TestFolder()
    try cheXpert(broken, segmentations: "[1, 2]")
    #expect(code { _ = try open(broken) } == .annotation)
  }

  // MARK: Lists with a mask column a label

  @Test func aListGivesMasksByLabel() throws {
    let folder = try TestFolder()
    for name in ["a.png", "b.png"] { try folder.picture(name, seed: 1) }
    try PNG.write(
      GreyPicture(Mask(width: 16, height: 16, bits: (0..<256).map { $0 < 20 ? 1 : 0 })),
      to: folder.path + "/m.png")
    try folder.write(
      "file,effusion,opacity,patient_id,effusion_mask,opacity_mask\na.png,1,0,p,m.png,\nb.png,0,1,q,,\n",
      "labels.csv")
    var request = DatasetRequest(path: folder.path, names: ["opacity", "effusion"], threads: 1)
    request.needs.anyLabel = true
    let set = try DatasetReader.open(request)
    let first = try set.film(0).truths
    #expect(first[0]?.isEmpty == true && first[1]?.count == 20)
    #expect(try set.film(1).truths.allSatisfy { $0 == nil })
  }

  // MARK: DICOM

  private static let concept = ModelDescription.Label(
    name: "opacity", display: "Opacity",
    code: .init(value: "112033", scheme: "DCM", meaning: "Abnormal opacity"))

  private func segmentation(
    _ folder: borrowing TestFolder, over film: String,
    _ segments: [(String, CodedConcept, [UInt8])],
    number: Int = 1
  ) throws {
    let object = SegmentationObject(
      sources: [Sensitive(film)],
      segments: segments.enumerated().map { index, segment in
        SegmentationObject.Segment(
          label: segment.0, type: segment.1, side: nil, trackingID: "t\(index)",
          trackingUID: UID.derived(from: ["t", "\(index)"]),
          masks: [.init(source: 0, mask: Mask(width: 6, height: 4, bits: segment.2))])
      },
      identity: ObjectIdentity(
        sopInstanceUID: UID.derived(from: ["seg", "\(number)"]),
        seriesInstanceUID: UID.derived(from: ["series", "seg"]), seriesNumber: 9,
        date: "20260101", time: "120000"),
      producer: Producer(
        softwareVersion: "1", algorithmName: "a", algorithmVersion: "1",
        modelDigest: String(repeating: "0", count: 64)))
    try object.write(to: folder.path + "/seg-\(number).dcm")
  }

  private func mask(_ cells: Range<Int>) -> [UInt8] {
    (0..<24).map { cells.contains($0) ? 1 : 0 }
  }

  private func dicom(
    _ folder: borrowing TestFolder, labels: String = "1,0"
  ) throws -> DatasetRequest {
    try FilmFixture(1).write(folder.path + "/one.dcm")
    try FilmFixture(2).write(folder.path + "/two.dcm")
    try folder.write(
      "sop,opacity,effusion\n\(FilmFixture.uid(1)),\(labels)\n\(FilmFixture.uid(2)),1,1\n",
      "labels.csv")
    var request = DatasetRequest(path: folder.path, names: ["opacity", "effusion"], threads: 2)
    request.concepts = [Self.concept]
    return request
  }

  @Test func segmentationsOfAViewerAreTheTruthOfTheirFilm() throws {
    let folder = try TestFolder()
    let request = try dicom(folder)
    try segmentation(
      folder, over: folder.path + "/one.dcm",
      [
        ("Region", CodedConcept("112033", "DCM", "whatever"), mask(3..<6)),
        ("opacity", .pneumothorax, mask(10..<12)),
        ("Rib", CodedConcept("113197008", "SCT", "Rib"), mask(0..<2)),
      ])
    let set = try DatasetReader.open(request)
    let first = try #require(set.items.firstIndex { $0.labels[1] == 0 })
    let truths = try set.film(first).truths
    #expect(truths[0]?.count == 5 && truths[1]?.isEmpty == true)
    let other = try #require(set.items.firstIndex { $0.labels[1] == 1 })
    #expect(try set.film(other).truths.allSatisfy { $0 == nil })
    #expect(set.skipped[.otherAnnotation] == 1)
  }

  @Test func segmentsOfOneLabelThatOverlapAreNamed() throws {
    let folder = try TestFolder()
    let request = try dicom(folder)
    let type = CodedConcept("112033", "DCM", "Abnormal opacity")
    try segmentation(
      folder, over: folder.path + "/one.dcm",
      [("a", type, mask(3..<8)), ("b", type, mask(7..<9))])
    do {
      _ = try DatasetReader.open(request)
      Issue.record("opened")
    } catch let error as AnnotationError {
      #expect(error.code == .overlap && error.items == [1, 2])
    }
  }

  @Test func anOutlineOfWhatTheListCallsAbsentContradicts() throws {
    let folder = try TestFolder()
    let request = try dicom(folder, labels: "0,0")
    try segmentation(
      folder, over: folder.path + "/one.dcm",
      [("a", CodedConcept("112033", "DCM", "Abnormal opacity"), mask(3..<8))])
    #expect {
      _ = try DatasetReader.open(request)
    } throws: {
      let error = $0 as? TrainingError
      return error?.code == .contradictoryLabels && error?.rows == [2]
    }
  }

  @Test func anOutlineOfAnAbsentFilmIsNamed() throws {
    let folder = try TestFolder()
    let request = try dicom(folder)
    try FilmFixture(3).write(folder.path + "/three.dcm")
    try segmentation(
      folder, over: folder.path + "/three.dcm",
      [("a", CodedConcept("112033", "DCM", "Abnormal opacity"), mask(3..<8))])
    try FileManager.default.removeItem(atPath: folder.path + "/three.dcm")
    #expect(throws: AnnotationError.self) { _ = try DatasetReader.open(request) }
  }

  /// The list of the experts and the list of the test films name one patient.
  @Test func expertsThatShareAPatientWithTheTestAreNamed() throws {
    let folder = try TestFolder()
    for index in 0..<6 { try folder.picture("\(index).png", seed: UInt64(index), side: 64) }
    try folder.write(
      "file,opacity,effusion,cardiomegaly,pneumothorax,device,patient_id,opacity_mask\n"
        + "0.png,0,1,0,0,0,a,\n1.png,0,0,1,0,0,b,\n2.png,0,1,0,0,0,c,\n", "experts.csv")
    try folder.write(
      "file,opacity,effusion,cardiomegaly,pneumothorax,device,patient_id,opacity_mask\n"
        + "3.png,0,1,0,0,0,d,\n4.png,0,0,1,0,0,b,\n", "test.csv")
    var recipe = try MixedRunTests.recipe()
    func source(_ list: String, _ use: Recipe.Source.Use) -> Recipe.Source {
      var source = Recipe.Source(kind: .data, use: use)
      (source.folder, source.list, source.dataset) = (".", list, .pictures)
      var rules = DatasetRules()
      rules.shares = SplitShares(seed: 1, validation: 0, test: 0)
      source.rules = rules
      source.annotated = use == .train
      return source
    }
    recipe.sources = [source("experts.csv", .train), source("test.csv", .test)]
    var options = TrainingRun.Options(threads: 1)
    options.corpusRoot = folder.path
    let out = folder.path + "/out"
    #expect {
      _ = try MixedRun(recipe: recipe, options: options, out: out).run()
    } throws: {
      let error = $0 as? TrainingError
      return error?.code == .patientInTwoSplits && error?.index == 1 && error?.rows == [3]
    }
  }
}
