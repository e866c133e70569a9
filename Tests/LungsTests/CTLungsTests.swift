import Imaging
import Lungs
import Phantoms
import Testing

@Suite struct CTLungsTests {
  private func dice(_ a: MaskVolume, _ b: MaskVolume) -> Double {
    var (shared, sum) = (0, 0)
    for (x, y) in zip(a.bits, b.bits) {
      shared += Int(x & y)
      sum += Int(x) + Int(y)
    }
    return 2 * Double(shared) / Double(max(sum, 1))
  }

  @Test(arguments: 0..<6) func phantomsAreFound(index: Int) throws {
    let phantom = CTPhantom(seed: 41, series: index, size: 128, slices: 32)
    let lungs = try CTLungs.segment(phantom.volume)
    #expect(dice(lungs.combined, phantom.lungs) > 0.95)
    #expect(dice(lungs.left, phantom.leftLung) > 0.94)
    #expect(dice(lungs.right, phantom.rightLung) > 0.94)
    #expect(lungs.quality.usable && lungs.quality.flags.isEmpty)
    #expect(zip(lungs.left.bits, lungs.right.bits).allSatisfy { $0 & $1 == 0 })
  }

  /// The same patient stored with columns that run to the right: sides must follow the patient.
  @Test func mirroredPictureKeepsSides() throws {
    let phantom = CTPhantom(seed: 41, series: 1, size: 96, slices: 24)
    let source = phantom.volume
    var voxels = source.voxels
    for line in 0..<96 * 24 { voxels[line * 96..<(line + 1) * 96].reverse() }
    let planes = source.planes.map {
      PlaneGeometry(
        position: $0.patientPoint(column: 95, row: 0), rowDirection: Vector3(-1, 0, 0),
        columnDirection: $0.columnDirection, spacing: $0.spacing)
    }
    let mirrored = try CTLungs.segment(
      Volume(columns: 96, rows: 96, planes: planes, voxels: voxels))
    let plain = try CTLungs.segment(source)
    #expect(abs(mirrored.leftMillilitres - plain.leftMillilitres) < 20)
    #expect(abs(mirrored.rightMillilitres - plain.rightMillilitres) < 20)
    #expect(mirrored.left.bits[48 * 96 + 12 * 96 * 96..<49 * 96 + 12 * 96 * 96].contains(1))
  }

  /// Two air boxes that share a thin denser wall, too dense to be cut by threshold alone when
  /// the wall is opened: the cut follows the wall, not the midline.
  @Test func touchingLungsAreCutAtTheJunction() throws {
    var phantom = Image(width: 80, height: 60, filling: -1000)
    for y in 6..<54 { for x in 4..<76 { phantom[y, x] = 40 } }
    for y in 14..<46 { for x in 12..<68 { phantom[y, x] = -850 } }
    for y in 14..<46 { phantom[y, 43] = -620 }
    let plane = PlaneGeometry(
      position: Vector3(-160, -120, 0), rowDirection: Vector3(1, 0, 0),
      columnDirection: Vector3(0, 1, 0), spacing: PixelSpacing(row: 4, column: 4))
    let lungs = try CTLungs.segment(
      Volume(columns: 80, rows: 60, planes: [plane], voxels: phantom.pixels))
    let row = 30 * 80
    #expect(lungs.right.bits[row + 41] == 1)
    #expect(lungs.left.bits[row + 46] == 1)
    #expect(lungs.left.bits[row + 41] == 0)
    #expect(lungs.left.count > 0 && lungs.right.count > lungs.left.count)
  }

  @Test func seriesWithoutLungIsFlagged() throws {
    let plane = PlaneGeometry(
      position: Vector3(-100, -100, 0), rowDirection: Vector3(1, 0, 0),
      columnDirection: Vector3(0, 1, 0), spacing: PixelSpacing(row: 3, column: 3))
    var image = Image(width: 64, height: 64, filling: -1000)
    for y in 10..<50 { for x in 10..<50 { image[y, x] = 50 } }
    for volume in [image.pixels, Array(repeating: Float(-1000), count: 4096)] {
      let lungs = try CTLungs.segment(
        Volume(columns: 64, rows: 64, planes: [plane], voxels: volume))
      #expect(lungs.quality.flags.contains(.noLung))
      #expect(!lungs.quality.usable)
      #expect(lungs.combined.count == 0)
    }
  }

  @Test func missingLungIsFlagged() throws {
    let phantom = CTPhantom(seed: 41, series: 2, size: 96, slices: 24)
    var volume = phantom.volume
    // Full of fluid.
    for (at, bit) in phantom.leftLung.bits.enumerated() where bit != 0 { volume.voxels[at] = 15 }
    let lungs = try CTLungs.segment(volume)
    #expect(lungs.quality.flags.contains(.asymmetric))
    #expect(lungs.quality.symmetry < 0.1)
  }
}
