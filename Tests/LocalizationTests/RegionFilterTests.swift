import Imaging
import Localization
import Networks
import Testing

@Suite struct RegionFilterTests {
  /// 6 x 5 = 30 cells: a bar of 4 (mean .8), a pair that touches by its corners (mean .55), a
  /// lone cell (.95).
  private let map = Image(
    width: 6, height: 5,
    pixels: [
      0.9, 0.9, 0.7, 0.7, 0, 0,
      0, 0, 0, 0, 0, 0,
      0.5, 0, 0, 0, 0, 0.95,
      0, 0.6, 0, 0, 0, 0,
      0, 0, 0, 0.4, 0, 0,
    ])

  private func kept(_ share: Double, _ mean: Double) -> [Int] {
    let filter = RegionFilter(smallestShare: share, leastMeanProbability: mean)
    return filter.mask(of: map, atLeast: 0.5).bits.indices.filter {
      filter.mask(of: map, atLeast: 0.5).bits[$0] != 0
    }
  }

  @Test func nothingIsDroppedAtZero() {
    #expect(kept(0, 0) == [0, 1, 2, 3, 12, 17, 19])
  }

  @Test func smallRegionsAreDropped() {
    // Two cells are a fifteenth of the picture; cells that touch by a corner are one region.
    #expect(kept(2.0 / 30, 0) == [0, 1, 2, 3, 12, 19])
    #expect(kept(2.1 / 30, 0) == [0, 1, 2, 3])
    #expect(kept(0.5, 0) == [])
  }

  @Test func unsureRegionsAreDropped() {
    #expect(kept(0, 0.56) == [0, 1, 2, 3, 17])
    #expect(kept(0, 0.5499) == [0, 1, 2, 3, 12, 17, 19])
    #expect(kept(0, 0.81) == [17])
    // Either fault is enough.
    #expect(kept(2.0 / 30, 0.56) == [0, 1, 2, 3])
  }

  @Test func anEmptyMaskStaysEmpty() {
    let none = RegionFilter().mask(of: Image(width: 3, height: 2), atLeast: 0.5)
    #expect(none.isEmpty)
    // A threshold of 0 takes the whole picture as one region.
    let all = RegionFilter(smallestShare: 1, leastMeanProbability: 0)
      .mask(of: Image(width: 3, height: 2), atLeast: 0)
    #expect(all.count == 6)
  }

  @Test func regionsAreFilteredAsMasksAre() {
    for (share, mean) in [(0, 0), (2.0 / 30, 0), (0, 0.56), (0, 0.81), (0.5, 0.9)] {
      let filter = RegionFilter(smallestShare: share, leastMeanProbability: mean)
      let regions = Regions(threshold: .absolute(0.5), smallestShare: 0, filter: filter)
        .extract(from: map)
      let union = regions.reduce(Mask(width: 6, height: 5)) { $0.union($1.mask) }
      #expect(union == filter.mask(of: map, atLeast: 0.5))
    }
  }

  @Test func theDescriptionOfAModelSetsTheRule() throws {
    var model = ModelDescription(
      name: "m", version: "1", task: .classification, modalities: [],
      labels: [.init(name: "a", display: "A")],
      network: .vggGAP(.init(widths: [[2]])), preparation: ImagePreparation(width: 8, height: 8))
    #expect(Regions(model: model) == nil)
    model.map = .init(method: "cam", threshold: 3)
    let cam = try #require(Regions(model: model, smallestShare: 0.25))
    #expect(cam.threshold == .absolute(3) && cam.smallestShare == 0.25 && cam.filter == nil)
    model.segmentation = .init(
      network: .uNet(.init(width: 2, depth: 1)), threshold: 0.75, smallestShare: 0.01,
      leastMeanProbability: 0.6)
    let drawn = try #require(Regions(model: model, smallestShare: 0.25))
    #expect(drawn.threshold == .absolute(0.75) && drawn.smallestShare == 0)
    #expect(drawn.filter == RegionFilter(smallestShare: 0.01, leastMeanProbability: 0.6))
  }

  @Test func bodiesOfASeriesAreFilteredToo() throws {
    let planes = [0.0, 1].map { z in
      PlaneGeometry(
        position: Vector3(0, 0, z), rowDirection: Vector3(1, 0, 0),
        columnDirection: Vector3(0, 1, 0), spacing: PixelSpacing(row: 1, column: 1))
    }
    let volume = Volume(
      columns: 6, rows: 5, planes: planes, voxels: map.pixels + map.pixels)
    func count(_ share: Double, _ mean: Double) -> [Int] {
      Regions(
        threshold: .absolute(0.5), smallestShare: 0,
        filter: RegionFilter(smallestShare: share, leastMeanProbability: mean)
      ).extract(over: volume, left: nil, right: nil, map: { volume.slice($0) }).map(\.voxels)
        .sorted()
    }
    #expect(count(0, 0) == [2, 4, 8])
    // The share is one of the 30 cells of a slice.
    #expect(count(4.0 / 30, 0) == [4, 8])
    #expect(count(0, 0.56) == [2, 8])
  }
}
