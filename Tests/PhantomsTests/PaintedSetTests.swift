import DICOM
import Foundation
import Imaging
import Phantoms
import Testing

@Suite struct PaintedSetTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "pleura-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private static func phantom(_ index: Int) -> RadiographPhantom {
    var options = RadiographPhantom.Options()
    options.side = .some(nil)
    return RadiographPhantom(seed: 3, index: index, size: 96, options: options)
  }

  private static let sources = (0..<4).map { number in
    var source = PaintingSource(path: "", row: number + 2, patient: "P\(number)")
    source.split = number < 2 ? "train" : "val"
    source.view = "AP Supine"
    source.sex = "F"
    source.age = "50"
    source.licence = "one, \"two\""
    return source
  }

  /// Rows of the pairs, each pair from the phantom that its source's row names.
  private func rows(_ set: PaintedSet, pairs: Range<Int>) throws -> [String] {
    try set.makeFolders()
    return try pairs.flatMap { pair in
      let phantom = Self.phantom(set.source(ofPair: pair).row)
      return try (2 * pair..<2 * pair + 2).map {
        try set.write(
          $0, picture: GreyPicture(phantom.image), leftLung: phantom.leftLung,
          rightLung: phantom.rightLung)
      }
    }
  }

  @Test func pairsShareTheirFilmAndHalfOfThemIsPainted() throws {
    try withFolder { folder in
      let set = PaintedSet(.init(seed: 11, folder: folder), sources: Self.sources)
      let rows = try rows(set, pairs: 0..<8)
      try set.finish(rows)
      let table = rows.map { $0.components(separatedBy: ",") }
      for pair in 0..<8 {
        let (a, b) = (table[2 * pair], table[2 * pair + 1])
        #expect(Set([a[1], b[1]]) == ["0", "1"])
        #expect(a[2] == b[2] && a[3] == b[3])
        for row in [a, b] {
          let image = try PNG.read("\(folder)/\(row[0])")
          #expect(image.width == 96 && image.bits == 8)
          #expect(FileManager.default.fileExists(atPath: "\(folder)/\(row[5])"))
          #expect((row[1] == "1") == !row[4].isEmpty)
          if row[1] == "1" { #expect(try !PNG.read("\(folder)/\(row[4])").mask.isEmpty) }
        }
      }
      #expect(Set(table.map { $0[2] }).count == 4)
      #expect(rows[0].contains("\"one, \"\"two\"\"\""))
    }
  }

  @Test func prevalenceIsMet() throws {
    try withFolder { folder in
      var options = PaintedSet.Options(seed: 2, folder: folder)
      options.prevalence = 0
      var made = try rows(PaintedSet(options, sources: Self.sources), pairs: 0..<2)
      #expect(made.allSatisfy { $0.components(separatedBy: ",")[1] == "0" })
      options.prevalence = 1
      made = try rows(PaintedSet(options, sources: Self.sources), pairs: 0..<2)
      #expect(made.allSatisfy { $0.components(separatedBy: ",")[1] == "1" })
    }
  }

  @Test func studiesReadBackAsPainted() throws {
    try withFolder { folder in
      var options = PaintedSet.Options(seed: 4, folder: folder)
      options.format = .dicom
      options.shams = true
      let made = try rows(PaintedSet(options, sources: Self.sources), pairs: 0..<3)
      let reader = DCMTKReader()
      var studies: Set<String> = []
      for row in made {
        let instance = try reader.read(path: "\(folder)/\(row.prefix { $0 != "," })")
        let uid = instance.studyInstanceUID.value
        #expect(row.contains(uid))
        studies.insert(uid)
        let density = try reader.density(of: instance, frame: 0)
        #expect(density.width == 96 && density.height == 96)
      }
      #expect(studies.count == made.count)
    }
  }
}

@Suite struct ShortcutPhantomTests {
  @Test func tubesMarkTheClassThatIsAskedFor() {
    var options = RadiographPhantom.Options()
    options.tube = TubeRates(withPneumothorax: 1, without: 0)
    for index in 0..<20 {
      let film = RadiographPhantom(seed: 8, index: index, size: 48, options: options)
      #expect(film.confounders.contains(.chestTube) == film.hasPneumothorax)
    }
  }
}
