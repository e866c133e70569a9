import Imaging
import Localization
import Testing

@Suite struct RegionsTests {
  private let map = Image(
    width: 6, height: 4,
    pixels: [
      0, 0.9, 0, 0, 0, 0,
      0, 1.0, 0.5, 0, 0, 0,
      0, 0, 0, 0, 0.6, 0.6,
      0, 0, 0, 0, 0.2, 0.1,
    ])
  private let everywhere = Regions(threshold: .relative(0.5), smallestShare: 0)

  @Test func measuresEachRegion() {
    let regions = everywhere.extract(from: map, spacing: PixelSpacing(row: 0.5, column: 2))
    #expect(regions.count == 2)
    guard regions.count == 2 else { return }
    #expect(regions[0].areaPixels == 3)
    #expect(regions[0].areaSquareMillimetres == 3)
    #expect(regions[0].box == PixelBox(column: 1, row: 0, width: 2, height: 2))
    #expect(abs(regions[0].centroidColumn - 4.0 / 3) < 1e-9)
    #expect(abs(regions[0].centroidRow - 2.0 / 3) < 1e-9)
    #expect(regions[0].peak == 1)
    #expect(abs(regions[0].mean - 0.8) < 1e-6)
    // Standard frontal film: the left half of the picture is the patient's right.
    #expect(regions.map(\.side) == [.right, .left])
  }

  @Test func lungsDecideTheSideAndBound() {
    var left = Mask(width: 6, height: 4)
    var right = Mask(width: 6, height: 4)
    for row in 0..<4 {
      for column in 0..<2 { left[row, column] = true }
      for column in 4..<6 { right[row, column] = true }
    }
    let regions = everywhere.extract(from: map, leftLung: left, rightLung: right)
    #expect(regions.map(\.side) == [.left, .right])
    #expect(regions.first?.areaPixels == 2)  // the third pixel lies between the lungs
    #expect(regions.first?.lungShare == 0.25)
  }

  @Test func thresholdAndSizeLimit() {
    #expect(Regions(threshold: .absolute(2)).extract(from: map).isEmpty)
    #expect(Regions(threshold: .absolute(0.55), smallestShare: 0).extract(from: map).count == 2)
    #expect(Regions(threshold: .relative(0.5), smallestShare: 0.1).extract(from: map).count == 1)
    #expect(
      Regions(threshold: .absolute(-1), smallestShare: 0).extract(
        from: Image(width: 3, height: 1, pixels: [0, -1, 0])
      ).isEmpty)
    var one = everywhere
    one.most = 1
    #expect(one.extract(from: map).count == 1)
  }

  @Test func bodiesCrossSlicesWithVolumeAndPlace() {
    let planes = [0.0, 2, 6].map { z in
      PlaneGeometry(
        position: Vector3(-10, -20, z), rowDirection: Vector3(1, 0, 0),
        columnDirection: Vector3(0, 1, 0), spacing: PixelSpacing(row: 1, column: 1))
    }
    var voxels = [Float](repeating: 0, count: 3 * 16)
    voxels[0 * 16 + 5] = 1  // slice 0, row 1, column 1
    voxels[1 * 16 + 10] = 0.8  // slice 1, row 2, column 2: joined by a corner
    voxels[2 * 16 + 12] = 0.9  // slice 2, row 3, column 0: apart
    let maps = Volume(columns: 4, rows: 4, planes: planes, voxels: voxels)
    let left = MaskVolume(
      columns: 4, rows: 4, slices: 3, bits: [UInt8](repeating: 1, count: 48))
    let regions = Regions(threshold: .absolute(0.5), smallestShare: 0).extract(
      over: maps, left: left, right: nil, map: { maps.slice($0) })
    #expect(regions.count == 2)
    guard let first = regions.first else { return }
    #expect(first.slices == 0...1)
    #expect((0..<3).map { first.body.count($0) } == [1, 1, 0])
    #expect(first.voxels == 2)
    // Slice 0 stands for 2 mm, slice 1 for (2 + 4) / 2 = 3 mm.
    #expect(abs(first.volumeMillilitres - 0.005) < 1e-12)
    #expect(abs(first.centroid.x - (-10 + (1 * 2 + 2 * 3) / 5.0)) < 1e-9)
    #expect(abs(first.centroid.y - (-20 + (1 * 2 + 2 * 3) / 5.0)) < 1e-9)
    #expect(abs(first.centroid.z - 6.0 / 5) < 1e-9)
    #expect(first.side == .left)
    // The lung: 16 pixels a slice, standing for 2, 3 and 4 mm.
    #expect(abs((first.lungShare ?? 0) - 5 / (16.0 * 9)) < 1e-12)
    #expect(abs(first.diameterMillimetres - 2.0.squareRoot()) < 1e-12)
  }

  @Test func withoutLungsTheOrientationDecidesTheSide() {
    var map = Image(width: 20, height: 10)
    for row in 2..<5 { for column in 2..<6 { map[row, column] = 1 } }
    for (pictureLeft, wanted) in [(Side.right, Side.right), (.left, .left), (nil, nil)]
      as [(Side?, Side?)]
    {
      let regions = Regions(threshold: .absolute(0.5), pictureLeft: pictureLeft).extract(from: map)
      #expect(regions.map(\.side) == [wanted])
    }
  }
}
