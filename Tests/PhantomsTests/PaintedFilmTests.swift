import Imaging
import Phantoms
import Testing

/// Painting into phantom radiographs without pneumothorax: no real film is needed for the laws.
@Suite struct PaintedFilmTests {
  private struct Body {
    let film: Image
    let left: Mask
    let right: Mask

    init(_ index: Int, size: Int = 192) {
      var options = RadiographPhantom.Options()
      options.side = .some(nil)
      options.confounders = 0
      let phantom = RadiographPhantom(seed: 77, index: index, size: size, options: options)
      film = phantom.image
      left = phantom.leftLung
      right = phantom.rightLung
    }

    func lung(_ side: Side) -> Mask { side == .left ? left : right }

    func painted(_ index: Int, _ options: PaintingOptions = .init()) throws -> PaintedFilm {
      try PaintedFilm(
        film: film, leftLung: left, rightLung: right, seed: 5, index: index, options: options)
    }

    func control(_ index: Int, _ options: PaintingOptions = .init()) throws -> ControlFilm {
      try ControlFilm(
        film: film, leftLung: left, rightLung: right, seed: 5, index: index, options: options)
    }
  }

  /// Nothing but the pneumothorax.
  private static var bare: PaintingOptions {
    var options = PaintingOptions()
    options.edits = 0
    options.noise = 0
    options.recompression = 0
    options.tube = TubeRates(withPneumothorax: 0, without: 0)
    return options
  }

  @Test func truthLiesInTheLungOfItsSide() throws {
    var sides: Set<Side> = []
    var patterns: Set<PaintedPattern> = []
    for index in 0..<30 {
      let body = Body(index % 6)
      let film = try body.painted(index)
      #expect(!film.truth.isEmpty)
      // Holes of a mask count as lung.
      #expect(film.truth.subtracting(body.lung(film.side).fillingHoles()).isEmpty)
      #expect(film.image.pixels.allSatisfy { $0 >= 0 && $0 <= 1 })
      sides.insert(film.side)
      patterns.insert(film.pattern)
    }
    #expect(sides.count == 2)
    #expect(patterns.isSuperset(of: [.apical, .lateral, .large]))
  }

  @Test func nothingChangesOutsideTheLungOfItsSide() throws {
    for index in 0..<8 {
      let body = Body(index)
      let film = try body.painted(index, Self.bare)
      let lung = body.lung(film.side).fillingHoles()
      let before = GreyPicture(body.film).image
      var changed = 0
      for at in before.pixels.indices where film.image.pixels[at] != before.pixels[at] {
        #expect(lung.bits[at] != 0)
        changed += 1
      }
      #expect(changed > film.truth.count / 4)
    }
  }

  /// With the noise that all films get, pixels far from lines and patches change by a few grey.
  @Test func noiseIsSmall() throws {
    var options = Self.bare
    options.noise = 1
    let body = Body(2)
    let film = try body.painted(3, options)
    let lung = body.lung(film.side).fillingHoles()
    for at in lung.bits.indices where lung.bits[at] == 0 {
      #expect(abs(film.image.pixels[at] - body.film.pixels[at]) < 4.0 / 255)
    }
  }

  @Test func airIsDarkerThanTheLungWas() throws {
    var darker = 0
    for index in 0..<12 {
      let body = Body(index)
      let film = try body.painted(index, Self.bare)
      let now = Statistics.meanAndDeviation(film.image.values(inside: film.truth)).mean
      let then = Statistics.meanAndDeviation(body.film.values(inside: film.truth)).mean
      if now < then { darker += 1 }
    }
    #expect(darker >= 10)
  }

  @Test func sizeStaysWithinItsRange() throws {
    for range in [0.005...0.01, 0.02...0.04, 0.25...0.35] {
      var options = Self.bare
      options.sizeShare = range
      for index in 0..<8 {
        let body = Body(index % 4)
        let film = try body.painted(index, options)
        #expect(range.contains(film.sizeShare))
        let own = Double(body.lung(film.side).fillingHoles().count)
        #expect(abs(Double(film.truth.count) / own - film.sizeShare) < 0.02 * film.sizeShare)
      }
    }
  }

  @Test func mirroredFilmGivesTheOtherSide() throws {
    for index in 0..<6 {
      let body = Body(index)
      var options = Self.bare
      options.side = .left
      let film = try body.painted(index, options)
      options.side = .right
      let mirror = try PaintedFilm(
        film: body.film.mirrored, leftLung: body.right.mirrored, rightLung: body.left.mirrored,
        seed: 5, index: index, options: options)
      #expect(mirror.side == .right)
      #expect(mirror.truth == film.truth.mirrored)
      #expect(mirror.image == film.image.mirrored)
    }
  }

  @Test func sameSeedAndIndexGiveTheSameBits() throws {
    let body = Body(1)
    let once = try body.painted(9)
    _ = try body.painted(10)
    let again = try body.painted(9)
    #expect(once.image == again.image)
    #expect(once.truth == again.truth)
    #expect(try body.painted(11).image != once.image)
    #expect(try body.control(9).image == body.control(9).image)
  }

  @Test func controlsAreChangedAndHaveNoTruth() throws {
    for index in 0..<8 {
      let body = Body(index)
      let control = try body.control(index)
      #expect(control.truth.isEmpty)
      #expect(control.image != GreyPicture(body.film).image)
      let film = try body.painted(index)
      #expect(control.sham == film.truth)
    }
  }

  /// Without mimicry the air's place in a control is as dense as the lung beside it, which is a
  /// little denser than it was; with mimicry it is darker.
  @Test func mimicsAloneAreDarkWhereTheAirWouldBe() throws {
    func change(_ mimicry: Double) throws -> Double {
      var options = Self.bare
      options.edits = 1e-9
      options.mimicry = mimicry
      var sum = 0.0
      for index in 0..<8 {
        let body = Body(index)
        let control = try body.control(index, options)
        let now = Statistics.meanAndDeviation(control.image.values(inside: control.sham)).mean
        let then = Statistics.meanAndDeviation(body.film.values(inside: control.sham)).mean
        sum += (now - then) * 255 / 8
      }
      return sum
    }
    let (plain, mimic) = (try change(0), try change(1))
    #expect(plain > 0 && plain < 13)
    #expect(mimic < plain - 3)
  }

  @Test func tubesComeAtTheirRates() throws {
    var options = PaintingOptions()
    options.tube = TubeRates(withPneumothorax: 1, without: 0)
    let body = Body(0, size: 96)
    for index in 0..<5 {
      #expect(try body.painted(index, options).hasTube)
      #expect(try !body.control(index, options).hasTube)
    }
  }

  @Test func holesCrumbsAndCutBordersAreUsable() throws {
    let body = Body(3)
    var (left, right) = (body.left, body.right)
    let box = try #require(left.boundingBox)
    for row in box.row + 40..<box.row + 46 {
      for column in box.column + 20..<box.column + 26 { left[row, column] = false }
    }
    left[2, 2] = true
    // The film is cut so that the lungs run over its lower border.
    let cut = PixelBox(column: 0, row: 0, width: 192, height: box.row + box.height * 3 / 4)
    right = right.cropped(to: cut)
    left = left.cropped(to: cut)
    for index in 0..<4 {
      let film = try PaintedFilm(
        film: body.film.cropped(to: cut), leftLung: left, rightLung: right, seed: 1, index: index)
      #expect(!film.truth.isEmpty)
      #expect(!film.truth[2, 2])
    }
  }

  @Test func unusableMasksAreRefused() {
    let body = Body(4)
    let none = Mask(width: 192, height: 192)
    func code(_ left: Mask, _ right: Mask) -> PaintingError.Code? {
      do {
        _ = try PaintedFilm(film: body.film, leftLung: left, rightLung: right, seed: 1, index: 0)
        return nil
      } catch { return (error as? PaintingError)?.code }
    }
    #expect(code(body.left, none) == .lungArea)
    #expect(code(body.left, body.left) == .lungSides)
    #expect(code(body.left, Mask(width: 64, height: 64)) == .sizeMismatch)
    #expect(code(body.left, body.right) == nil)
    var film = body.film
    film.pixels[7] = .nan
    #expect(throws: PaintingError(.film)) {
      try PaintedFilm(
        film: film, leftLung: body.left, rightLung: body.right, seed: 1, index: 0)
    }
  }

  @Test func sixteenBitFilmsKeepTheirSteps() throws {
    var options = Self.bare
    options.bits = 16
    let body = Body(5)
    let film = try body.painted(1, options)
    let lung = body.lung(film.side).fillingHoles()
    let before = GreyPicture(body.film, bits: 16).image
    for at in lung.bits.indices where lung.bits[at] == 0 {
      #expect(film.image.pixels[at] == before.pixels[at])
    }
  }
}
