import Foundation
import Imaging
import Phantoms
import Testing
import Training

/// Where maps lie, by hand, and the page that shows every positive with the maps of each method.
@Suite struct MapMethodTests {
  /// 6 x 6: lungs in rows 1 to 4, columns 1 to 2; the lesion is the two upper cells of column 1.
  private static func mask(_ cells: [(row: Int, column: Int)]) -> Mask {
    var mask = Mask(width: 6, height: 6)
    for cell in cells { mask[cell.row, cell.column] = true }
    return mask
  }
  private static let lungs = mask((1...4).flatMap { [($0, 1), ($0, 2)] })
  private static let lesion = mask([(1, 1), (2, 1)])

  private static func map(_ cells: [(row: Int, column: Int, value: Float)]) -> Image {
    var image = Image(width: 6, height: 6)
    for cell in cells { image[cell.row, cell.column] = cell.value }
    return image
  }

  @Test func massAndPeakByHand() throws {
    // 6 in the lesion, 1 in the lungs below, 3 outside; the negative cell counts as nothing.
    let upper = MapPlace(
      Self.map([(1, 1, 6), (4, 2, 1), (0, 5, 3), (5, 5, -9)]), lungs: Self.lungs,
      truth: Self.lesion)
    #expect(upper.peak == 7)
    let inLungs = try #require(upper.lungs)
    #expect(abs(inLungs.mass - 0.7) < 1e-6 && abs(inLungs.share - 8.0 / 36) < 1e-9)
    #expect(inLungs.zone == .upperThird)
    let inLesion = try #require(upper.lesion)
    #expect(abs(inLesion.mass - 0.6) < 1e-6 && inLesion.share == 0.25 && inLesion.hit)
    // Row 3 is the third of four rows: below the upper third.
    let lower = MapPlace(Self.map([(3, 2, 1)]), lungs: Self.lungs, truth: Self.lesion)
    #expect(lower.lungs?.zone == .lowerLungs && lower.lesion?.hit == false)
    let outside = MapPlace(Self.map([(1, 4, 1)]), lungs: Self.lungs, truth: nil)
    #expect(outside.lungs?.zone == .outside && outside.lungs?.mass == 0 && outside.lesion == nil)
    let empty = MapPlace(Image(width: 6, height: 6), lungs: nil, truth: Self.lesion)
    #expect(empty.lungs == nil && empty.lesion?.mass == 0)
    let report = MapMethodReport(method: "m", places: [upper, lower, outside, empty])
    #expect(report.films == 3 && report.drawnFilms == 3)
    #expect(abs((report.massInLungs ?? 0) - 1.7 / 3) < 1e-6)
    #expect(abs((report.peakInUpperThird ?? 0) - 1.0 / 3) < 1e-9)
    #expect(abs((report.peakOutsideLungs ?? 0) - 1.0 / 3) < 1e-9)
    #expect(abs((report.peakInLesion ?? 0) - 1.0 / 3) < 1e-9)
  }

  @Test func thePageShowsEveryPositiveByEachMethod() throws {
    let folder = NSTemporaryDirectory() + "maps-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try PhantomSet(.init(kind: .radiograph, count: 12, seed: 4, size: 64, folder: folder)).write()
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    let model = try MeanModel.package(threshold: 2) {
      $0.labels = [.init(name: "pneumothorax", display: "Pneumothorax")]
      $0.experimental = true
    }
    let run = try EvaluationRun(
      model: model, on: source, options: Evaluation.Options(corpusRoot: folder, threads: 2))
    let measured = try run.measure()
    let page = try run.mapsPage(measured)
    let names = page.methods.map(\.method)
    #expect(names.first == "cam" && names.contains("grad-cam") && names.contains("grad-cam++"))
    let positives = run.report(measured).positives
    #expect(positives > 2)
    let figures = page.html.components(separatedBy: "<figcaption>").dropFirst()
    #expect(figures.count == positives)
    #expect(figures.allSatisfy { $0.contains(" (experimental)") })
    let pictures = page.html.components(separatedBy: "data:image/png;base64,").count - 1
    #expect(pictures == positives * (names.count + 1))
    #expect(page.html.components(separatedBy: "<circle ").count - 1 == positives * names.count)
    #expect(!page.html.contains("PHANTOM-4") && !page.html.contains("images/"))
    #expect(page.methods.allSatisfy { $0.drawnFilms == positives })
  }

  /// A map whose only bright place lies right and high is ringed right and high: no flip.
  @Test func ringsLieWhereTheMapIsStrongest() throws {
    var map = Image(width: 40, height: 20)
    map[3, 33] = 1
    let place = MapPlace(map, lungs: nil, truth: nil)
    let panes = try MapPanes(Image(width: 40, height: 20, filling: 0.5), lungs: nil, truth: nil)
      .panes([map], [place])
    #expect(panes.count == 2 && panes[0].ring == nil)
    let ring = try #require(panes[1].ring)
    #expect(ring.row == 3.5 && ring.column == 33.5)
    #expect(panes[1].width == 40 && panes[1].height == 20)
  }
}
