import Imaging
import Phantoms
import Testing

@Suite struct RadiographPhantomTests {
  @Test func sameSeedAndIndexGiveTheSameBits() {
    let once = RadiographPhantom(seed: 4, index: 7, size: 96)
    _ = RadiographPhantom(seed: 4, index: 8, size: 96)
    let again = RadiographPhantom(seed: 4, index: 7, size: 96)
    #expect(once.image == again.image)
    #expect(once.truth == again.truth)
    #expect(once.image != RadiographPhantom(seed: 5, index: 7, size: 96).image)
  }

  @Test func labelMatchesTruth() {
    for index in 0..<60 {
      let film = RadiographPhantom(seed: 21, index: index, size: 96)
      #expect(film.hasPneumothorax == !film.truth.isEmpty)
      #expect(film.image.pixels.allSatisfy { $0 >= 0 && $0 <= 1 })
      #expect((film.sizeShare > 0) == film.hasPneumothorax)
      guard let side = film.side else { continue }
      let lung = side == .right ? film.rightLung : film.leftLung
      #expect(film.truth.subtracting(lung).isEmpty)
    }
  }

  @Test func rightLungLiesOnThePicturesLeft() throws {
    for index in 0..<10 {
      let film = RadiographPhantom(seed: 3, index: index, size: 128)
      let right = try #require(film.rightLung.boundingBox)
      let left = try #require(film.leftLung.boundingBox)
      #expect(right.column + right.width / 2 < left.column + left.width / 2)
      let share = Double(film.lungs.count) / Double(128 * 128)
      #expect(share > 0.2 && share < 0.6)
    }
  }

  /// Air is darker than the lung it replaces, and holds no vessels: the same film with and
  /// without disease differs there and nearly nowhere on the other side.
  @Test func diseaseChangesItsOwnSide() {
    var options = RadiographPhantom.Options()
    options.confounders = 0
    options.depth = 0.15...0.15
    for index in 0..<8 {
      options.side = .some(.left)
      let ill = RadiographPhantom(seed: 6, index: index, size: 160, options: options)
      options.side = .some(nil)
      let well = RadiographPhantom(seed: 6, index: index, size: 160, options: options)
      func difference(_ mask: Mask) -> Double {
        let a = Statistics.meanAndDeviation(ill.image.values(inside: mask)).mean
        let b = Statistics.meanAndDeviation(well.image.values(inside: mask)).mean
        return a - b
      }
      #expect(ill.leftLung == well.leftLung)
      #expect(difference(ill.truth) < -0.015)
      #expect(abs(difference(ill.rightLung)) < 0.02)
    }
  }

  /// Brightness alone must not give the label away.
  @Test func darknessDoesNotSeparate() {
    var scores: [(dark: Double, ill: Bool)] = []
    for index in 0..<150 {
      let film = RadiographPhantom(seed: 31, index: index, size: 64)
      scores.append(
        (-Statistics.meanAndDeviation(film.image.pixels).mean, film.hasPneumothorax))
    }
    let ill = scores.filter(\.ill)
    let well = scores.filter { !$0.ill }
    var wins = 0
    for a in ill { for b in well where a.dark > b.dark { wins += 1 } }
    let area = Double(wins) / Double(ill.count * well.count)
    #expect(area > 0.35 && area < 0.65)
  }

  @Test func confoundersAreAsFrequentInBothClasses() {
    var tubes = (ill: 0, well: 0, illFilms: 0)
    for index in 0..<200 {
      let film = RadiographPhantom(seed: 8, index: index, size: 48)
      let has = film.confounders.contains(.skinFold)
      if film.hasPneumothorax {
        tubes.illFilms += 1
        tubes.ill += has ? 1 : 0
      } else {
        tubes.well += has ? 1 : 0
      }
    }
    let ill = Double(tubes.ill) / Double(tubes.illFilms)
    let well = Double(tubes.well) / Double(200 - tubes.illFilms)
    #expect(abs(ill - well) < 0.17)
  }
}
