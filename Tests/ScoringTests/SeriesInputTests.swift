import DICOM
import Findings
import Foundation
import Imaging
import Lungs
import Phantoms
import Scoring
import Testing

/// CT series as scanners, archives and people send them: each gives the right answer or is left out
/// by name.
@Suite struct SeriesInputTests {
  /// A phantom's slices on their way to files.
  struct Slice {
    var image: Image
    var plane: PlaneGeometry
    var number: Int
    var imageType = ["AXIAL"]
    var bits = 12
    var series = "series"
  }

  private static func phantom(_ index: Int = 1) -> CTPhantom {
    CTPhantom(seed: 41, series: index, size: 96, slices: 24, hasLesions: true)
  }

  private static func slices(_ volume: Volume) -> [Slice] {
    (0..<volume.slices).map {
      Slice(image: volume.slice($0), plane: volume.planes[$0], number: $0 + 1)
    }
  }

  private func write(_ slices: [Slice], to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let study = UID.derived(from: ["series input", "study"])
    for (index, slice) in slices.enumerated() {
      let most = Float((1 << slice.bits) - 1)
      // Of 8 bits: a lung window, as exports have it.
      let stored = slice.image.pixels.map { value -> Int32 in
        slice.bits == 8
          ? Int32(min(max((value + 1350) / 1500 * most, 0), most))
          : Int32(min(max(value + 1024, 0), most))
      }
      var object = ImageObject(
        .computedTomography, width: slice.image.width, height: slice.image.height,
        content: .grayscale(
          samples: stored, bitsStored: slice.bits, isSigned: false, inverted: false),
        identity: ObjectIdentity(
          sopInstanceUID: UID.derived(from: [slice.series, "\(index)"]),
          seriesInstanceUID: UID.derived(from: [slice.series]), seriesNumber: 1,
          instanceNumber: slice.number, date: "20260101", time: "100000"),
        study: .init(studyInstanceUID: study))
      object.window = DisplayWindow(center: -600, width: 1500)
      object.imageTypeTail = slice.imageType
      object.rescale = (slope: 1, intercept: slice.bits == 8 ? 0 : -1024)
      object.plane = slice.plane
      object.sliceThicknessMillimetres = 5
      object.frameOfReferenceUID = UID.derived(from: ["frame"])
      try object.write(to: folder + String(format: "/%04d.dcm", index))
    }
  }

  private struct Outcome {
    var study: ScoredStudy?
    /// By reason, how many files were left out.
    var skipped: [String: Int] = [:]
    var series: SeriesFinding? { study?.series.first }
  }

  private func score(_ slices: [Slice]) throws -> Outcome {
    let root = NSTemporaryDirectory() + "series-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: root) }
    try write(slices, to: root + "/in")
    try TinyModels.write(to: root + "/models")
    let reader = DCMTKReader()
    let names = try FileManager.default.contentsOfDirectory(atPath: root + "/in").sorted()
    let instances = try names.enumerated().map { index, name in
      (fileID: Int64(index + 1), instance: try reader.read(path: root + "/in/" + name))
    }
    let stage = ScoreStage(
      models: try ScoringModels(folder: root + "/models"), reader: reader, width: 1)
    let job = ScoringJob(
      studyID: 1, studyInstanceUID: instances[0].instance.studyInstanceUID.value,
      modalities: ["CT"], inputDigest: "d", instances: instances)
    func reasons(_ outcomes: [Int64: FileOutcome]) -> [String: Int] {
      var counts: [String: Int] = [:]
      for case .skipped(let reason) in outcomes.values { counts[reason, default: 0] += 1 }
      return counts
    }
    do {
      let study = try stage.process(job, at: stage.makeBench())
      return Outcome(study: study, skipped: reasons(study.outcomes))
    } catch let nothing as NothingScored {
      return Outcome(skipped: reasons(nothing.outcomes))
    }
  }

  /// A model that draws everything gives both lungs back: their volumes say whether geometry was
  /// understood.
  private func millilitres(_ finding: SeriesFinding?) -> Double {
    finding?.regions.reduce(0) { $0 + $1.volumeMillilitres } ?? 0
  }

  @Test func localizersAreLeftOutAndTheSeriesIsScored() throws {
    var slices = Self.slices(Self.phantom().volume)
    var scout = slices[0]
    (scout.imageType, scout.series) = (["LOCALIZER"], "scout")
    slices.append(scout)
    let outcome = try score(slices)
    #expect(outcome.series?.sources.count == 24)
    #expect(outcome.skipped == ["not-for-scoring": 1])
  }

  @Test func aSingleSliceIsScoredByItsThickness() throws {
    let phantom = Self.phantom()
    let middle = Self.slices(phantom.volume)[12]
    let finding = try #require(try score([middle]).series)
    #expect(finding.sources.count == 1 && finding.keySlice == 0)
    let area = phantom.volume.planes[12].spacing
    let lungs = Double(phantom.lungs.count(12)) * area.row * area.column * 5 / 1000
    #expect(millilitres(finding) <= lungs * 1.1)
  }

  @Test func aForeignOrientationIsLeftOutOfTheStack() throws {
    var slices = Self.slices(Self.phantom().volume)
    var other = slices[3]
    other.plane = PlaneGeometry(
      position: Vector3(0, 0, 0), rowDirection: Vector3(1, 0, 0),
      columnDirection: Vector3(0, 0, -1), spacing: other.plane.spacing)
    other.number = 99
    slices.append(other)
    let finding = try #require(try score(slices).series)
    #expect(finding.sources.count == 24)
    #expect(finding.lungFlags.contains("other-stacks-left-out"))
  }

  /// A coronal reformation with more slices does not stand in for the axial series.
  @Test func reformationsGiveWayToTheAxialSeries() throws {
    let slices = Self.slices(Self.phantom().volume)
    let coronal = (0..<30).map { index in
      var slice = slices[12]
      slice.plane = PlaneGeometry(
        position: Vector3(0, Double(index) * 4, 0), rowDirection: Vector3(1, 0, 0),
        columnDirection: Vector3(0, 0, -1), spacing: slice.plane.spacing)
      (slice.series, slice.number) = ("coronal", index + 1)
      return slice
    }
    let outcome = try score(coronal + slices)
    #expect(outcome.series?.sources.count == 24)
    #expect(outcome.skipped == ["not-axial": 30])
    #expect(try score(coronal).skipped == ["not-axial": 30])
  }

  @Test func doubledPlacesAreReadOnceAndSaid() throws {
    var slices = Self.slices(Self.phantom().volume)
    var twin = slices[5]
    twin.number = 90
    var conflict = slices[8]
    conflict.number = 91
    for index in conflict.image.pixels.indices { conflict.image.pixels[index] += 30 }
    slices += [twin, conflict]
    let plain = try #require(try score(Self.slices(Self.phantom().volume)).series)
    let finding = try #require(try score(slices).series)
    #expect(finding.sources.count == 24)
    #expect(finding.lungFlags.contains("duplicate-slices"))
    #expect(finding.lungFlags.contains("conflicting-slices"))
    #expect(abs(millilitres(finding) - millilitres(plain)) < 1e-6)
  }

  /// A slice stands for the way to its neighbours: what is lost is bridged, and said.
  @Test func missingPlacesKeepVolumes() throws {
    let whole = Self.slices(Self.phantom().volume)
    let plain = try #require(try score(whole).series)
    let holed = whole.enumerated().filter { ![9, 14].contains($0.offset) }.map(\.element)
    let finding = try #require(try score(holed).series)
    #expect(finding.sources.count == 22)
    #expect(finding.lungFlags.contains("slice-gaps"))
    #expect(millilitres(plain) > 100)
    #expect(abs(millilitres(finding) / millilitres(plain) - 1) < 0.1)
  }

  @Test func exportsOfEightBitsHaveNoHounsfieldUnits() throws {
    let slices = Self.slices(Self.phantom().volume).map { slice in
      var slice = slice
      slice.bits = 8
      return slice
    }
    let outcome = try score(slices)
    #expect(outcome.series == nil)
    #expect(outcome.skipped == ["not-hounsfield-units": 24])
  }

  /// Every row twice: the same patient on pixels half as high as wide.
  @Test func pixelsNeedNotBeSquare() throws {
    let phantom = Self.phantom()
    let plain = try #require(try score(Self.slices(phantom.volume)).series)
    let slices = Self.slices(phantom.volume).map { slice in
      var slice = slice
      let source = slice.image
      slice.image = Image(
        width: 96, height: 192,
        pixels: (0..<192).flatMap { row in (0..<96).map { source[row / 2, $0] } })
      let plane = slice.plane
      slice.plane = PlaneGeometry(
        position: plane.patientPoint(column: 0, row: -0.25), rowDirection: plane.rowDirection,
        columnDirection: plane.columnDirection,
        spacing: PixelSpacing(row: plane.spacing.row / 2, column: plane.spacing.column))
      return slice
    }
    let finding = try #require(try score(slices).series)
    #expect(abs(millilitres(finding) / millilitres(plain) - 1) < 0.1)
  }

  /// Face down the picture is turned by 180 degrees, and so are its axes: sides are the patient's.
  @Test func aPronePatientKeepsSides() throws {
    let phantom = Self.phantom()
    let turned = Self.slices(phantom.volume).map { slice in
      var slice = slice
      slice.image.pixels.reverse()
      let plane = slice.plane
      slice.plane = PlaneGeometry(
        position: plane.patientPoint(
          column: Double(slice.image.width - 1), row: Double(slice.image.height - 1)),
        rowDirection: plane.rowDirection * -1, columnDirection: plane.columnDirection * -1,
        spacing: plane.spacing)
      return slice
    }
    let plain = try lungs(Self.slices(phantom.volume))
    let prone = try lungs(turned)
    #expect(plain.leftMillilitres > 500)
    #expect(abs(prone.leftMillilitres / plain.leftMillilitres - 1) < 0.03)
    #expect(abs(prone.rightMillilitres / plain.rightMillilitres - 1) < 0.03)
    #expect(try score(turned).series?.sources.count == 24)
  }

  /// A tilted gantry shears the stack: areas and the way along the normal stay true.
  @Test func aTiltedGantryKeepsVolumes() throws {
    let phantom = Self.phantom()
    let angle = 20 * Double.pi / 180
    let column = Vector3(0, cos(angle), sin(angle))
    let tilted = Self.slices(phantom.volume).map { slice in
      var slice = slice
      slice.plane = PlaneGeometry(
        position: slice.plane.position, rowDirection: Vector3(1, 0, 0), columnDirection: column,
        spacing: slice.plane.spacing)
      return slice
    }
    let plain = try #require(try score(Self.slices(phantom.volume)).series)
    let finding = try #require(try score(tilted).series)
    #expect(finding.lungFlags.contains("gantry-tilt"))
    // The same pictures stand nearer to one another along the normal.
    #expect(abs(millilitres(finding) / millilitres(plain) - cos(angle)) < 0.02)
  }

  private func lungs(_ slices: [Slice]) throws -> LungVolume {
    let volume = Volume(
      columns: slices[0].image.width, rows: slices[0].image.height, planes: slices.map(\.plane),
      voxels: slices.flatMap(\.image.pixels))
    return try CTLungs.segment(volume)
  }

  /// A head: a skull with brain in it, sinuses and air around.
  @Test func aHeadInTheQueueOfChestsIsLeftOut() throws {
    let plane = Self.phantom().volume.planes
    let slices = (0..<24).map { index in
      var image = Image(width: 96, height: 96, filling: -1000)
      for row in 0..<96 {
        for column in 0..<96 {
          let (x, y) = (Double(column - 48) / 22, Double(row - 48) / 28)
          let radius = x * x + y * y
          if radius < 1 { image[row, column] = radius > 0.85 ? 900 : 35 }
          let (u, v) = (Double(column - 48), Double(row - 30))
          if index < 8, u * u + v * v < 12 { image[row, column] = -990 }
        }
      }
      return Slice(image: image, plane: plane[index], number: index + 1)
    }
    let outcome = try score(slices)
    #expect(outcome.series == nil)
    #expect(outcome.skipped == ["no-lungs-in-series": 24])
  }
}
