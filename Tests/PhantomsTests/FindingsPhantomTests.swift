import Imaging
import Phantoms
import Testing

@Suite struct FindingsPhantomTests {
  private func film(_ index: Int, size: Int = 128) -> RadiographPhantom {
    var options = RadiographPhantom.Options()
    options.findings = RadiographFinding.rates
    return RadiographPhantom(seed: 8, index: index, size: size, options: options)
  }

  private func only(_ finding: RadiographFinding, _ index: Int) -> RadiographPhantom {
    var options = RadiographPhantom.Options()
    options.findings = [finding: 1]
    return RadiographPhantom(seed: 8, index: index, size: 128, options: options)
  }

  @Test func everyFindingIsAsCommonAsAskedAndTruthsOverlap() {
    let films = (0..<200).map { film($0, size: 64) }
    for (finding, rate) in RadiographFinding.rates {
      let share = Double(films.count { $0.findings[finding] != nil }) / 200
      #expect(abs(share - rate) < 0.1, "\(finding.rawValue) \(share)")
    }
    let overlaps = films.count { film in
      let masks = Array(film.findings.values)
      return masks.indices.contains { first in
        masks[(first + 1)...].contains { !$0.intersection(masks[first]).isEmpty }
      }
    }
    #expect(overlaps > 10)
    #expect(films.contains { $0.findings.isEmpty })
    #expect(films.allSatisfy { $0.findings.values.allSatisfy { !$0.isEmpty } })
  }

  @Test func aFilmDependsOnItsNumbersAlone() {
    let once = film(3)
    _ = film(4)
    #expect(film(3).image == once.image && film(3).findings == once.findings)
    #expect(film(4).image != once.image)
  }

  /// Half of the chest's width parts a large heart from a normal one, on the truth itself.
  @Test func cardiomegalyIsAHeartWiderThanHalfTheChest() throws {
    for index in 0..<12 {
      let film = only(.cardiomegaly, index)
      let heart = try #require(film.findings[.cardiomegaly]?.boundingBox)
      let right = try #require(film.rightLung.boundingBox)
      let left = try #require(film.leftLung.boundingBox)
      let chest = left.column + left.width - right.column
      #expect(Double(heart.width) > 0.5 * Double(chest))
    }
  }

  /// Fluid lies low in the lung field, is as bright as soft tissue, and takes the air with it.
  @Test func effusionIsBrightAndLow() throws {
    for index in 0..<12 {
      let film = only(.effusion, index)
      let fluid = try #require(film.findings[.effusion])
      #expect(fluid.subtracting(film.lungs).isEmpty)
      let air = film.lungs.subtracting(fluid)
      #expect(mean(film.image, fluid) > mean(film.image, air) + 0.02)
      let lungs = try #require(film.lungs.boundingBox)
      let box = try #require(fluid.boundingBox)
      #expect(box.row > lungs.row + lungs.height / 4)
      #expect(box.row + box.height > lungs.row + lungs.height * 3 / 4)
    }
  }

  @Test func opacityIsBrighterThanTheSameLungWithout() {
    for index in 0..<12 {
      let (film, clear) = (only(.opacity, index), only(.effusion, index))
      guard let cloud = film.findings[.opacity] else { continue }
      #expect(cloud.subtracting(film.lungs).isEmpty)
      let dry = cloud.subtracting(clear.findings[.effusion] ?? Mask(width: 128, height: 128))
      guard !dry.isEmpty else { continue }
      #expect(mean(film.image, dry) > mean(clear.image, dry))
    }
  }

  /// Tubes, leads and catheters are devices: none without the finding, always one with it.
  @Test func devicesTurnUpWithTheirFindingAlone() {
    let devices: Set<RadiographConfounder> = [.chestTube, .leads, .catheter]
    for index in 0..<40 {
      let film = film(index, size: 64)
      let drawn = !film.confounders.isDisjoint(with: devices)
      #expect(!drawn || film.findings[.device] != nil)
    }
    #expect((0..<20).allSatisfy { only(.device, $0).findings[.device] != nil })
  }

  private func mean(_ image: Image, _ mask: Mask) -> Float {
    let inside = zip(image.pixels, mask.bits).filter { $0.1 != 0 }.map(\.0)
    return inside.reduce(0, +) / Float(max(1, inside.count))
  }
}
