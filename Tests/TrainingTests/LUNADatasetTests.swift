import Foundation
import Imaging
import Phantoms
import Testing
import Training

/// Volumes and lists as LUNA16 publishes them.
@Suite struct LUNADatasetTests {
  private struct Tree {
    let path: String
    let phantom: CTPhantom
    func remove() { try? FileManager.default.removeItem(atPath: path) }
  }

  private func tree(lungs: Bool = true) throws -> Tree {
    let path = NSTemporaryDirectory() + "luna-\(UUID().uuidString)"
    for folder in ["/subset0", "/seg-lungs-LUNA16"] {
      try FileManager.default.createDirectory(
        atPath: path + folder, withIntermediateDirectories: true)
    }
    let phantom = CTPhantom(seed: 5, series: 3, size: 64, slices: 16, hasLesions: false)
    try ToyVolume.write(
      phantom.volume, phantom.volume.voxels.map { Int16($0) }, to: path + "/subset0/1.2.3.mhd")
    if lungs {
      // Right lung 3, left lung 4, trachea 5.
      try ToyVolume.write(
        phantom.volume,
        zip(phantom.leftLung.bits, phantom.rightLung.bits).map { Int16(4 * $0 + 3 * $1) },
        to: path + "/seg-lungs-LUNA16/1.2.3.mhd")
    }
    return Tree(path: path, phantom: phantom)
  }

  private func open(
    _ tree: Tree, _ rows: [String], excluded: [String]? = nil, drop: Bool = false
  ) throws -> any Dataset {
    let header = "seriesuid,coordX,coordY,coordZ,diameter_mm\n"
    try (header + rows.joined(separator: "\n") + "\n").write(
      toFile: tree.path + "/annotations.csv", atomically: true, encoding: .utf8)
    if let excluded {
      try (header + excluded.joined(separator: "\n") + "\n").write(
        toFile: tree.path + "/annotations_excluded.csv", atomically: true, encoding: .utf8)
    }
    var request = DatasetRequest(path: tree.path, names: ["nodule"])
    request.needs = FilmSource.Needs(hounsfield: true, lungs: true)
    if drop { request.rules.labelsWithoutFiles = .drop }
    return try DatasetReader.open(request)
  }

  @Test func spheresBecomeCircles() throws {
    let tree = try tree()
    defer { tree.remove() }
    let planes = tree.phantom.volume.planes
    let gap = planes[1].position.z - planes[0].position.z
    let centre = planes[6].patientPoint(column: 20, row: 30)
    // Half-way over one gap: three slices of it.
    let set = try open(
      tree, ["1.2.3,\(centre.x),\(centre.y),\(centre.z),\(gap * 2.5)"],
      excluded: ["1.2.3,\(centre.x),\(centre.y),\(planes[10].position.z),-1"])
    #expect(set.kind == .luna16 && set.items.count == 15)
    #expect(set.skipped[.labelUnknown] == 1)
    let marked = set.items.indices.filter { set.items[$0].labels[0] == 1 }
    #expect(marked == [5, 6, 7])
    let film = try set.film(6)
    let spacing = planes[6].spacing
    let truth = try #require(film.truth)
    #expect(truth[30, 20] && !truth[0, 0])
    let area = Double(truth.count) * spacing.row * spacing.column
    let expected = Double.pi * (gap * 1.25) * (gap * 1.25)
    #expect(abs(area - expected) < 0.25 * expected)
    let radius = gap * 1.25
    #expect(
      truth.bits.indices.allSatisfy { cell in
        let point = planes[6].patientPoint(column: Double(cell % 64), row: Double(cell / 64))
        return (truth.bits[cell] != 0) == ((point - centre).length < radius)
      })
    // Smaller off its middle, and none elsewhere.
    #expect(try (set.film(5).truth?.count ?? 0) < truth.count)
    #expect(try set.film(0).truth?.isEmpty == true)
    #expect(film.leftLung == tree.phantom.leftLung[6])
    #expect(film.rightLung == tree.phantom.rightLung[6])
    #expect(film.spacing == spacing)
  }

  @Test func onlyItsOwnListMakesAFolderOne() throws {
    let tree = try tree()
    defer { tree.remove() }
    let path = tree.path + "/annotations.csv"
    func kind() -> DatasetKind? { DatasetReader.guess(tree.path) }
    try "image,box\na.png,1\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(kind() == nil)
    let header = "seriesuid,coordX,coordY,coordZ,diameter_mm\n"
    try header.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(kind() == .luna16)
    try "file,nodule\nsubset0/1.2.3.mhd,0\n".write(
      toFile: tree.path + "/labels.csv", atomically: true, encoding: .utf8)
    #expect(kind() == .volumes)
    let elsewhere = tree.path + "/subset0/marks.csv"
    try header.write(toFile: elsewhere, atomically: true, encoding: .utf8)
    #expect(DatasetReader.guess(tree.path, list: elsewhere) == .luna16)
  }

  /// A volume of air alone is named by the row of its list, each time it is asked for.
  @Test func seriesWithoutLungsAreNamed() throws {
    let tree = try tree(lungs: false)
    defer { tree.remove() }
    try ToyVolume.write(
      tree.phantom.volume, tree.phantom.volume.voxels.map { _ in Int16(-1000) },
      to: tree.path + "/subset0/1.2.3.mhd")
    let centre = tree.phantom.volume.planes[6].patientPoint(column: 20, row: 30)
    let set = try open(tree, ["1.2.3,\(centre.x),\(centre.y),\(centre.z),5"])
    for slice in [2, 6] {
      #expect(throws: TrainingError(.lungsMissing, index: 2)) { try set.film(slice) }
    }
    // Beside one with lungs, the rule for files that cannot be read leaves it out.
    let other = CTPhantom(seed: 6, series: 3, size: 64, slices: 16, hasLesions: false)
    try ToyVolume.write(
      other.volume, other.volume.voxels.map { Int16($0) }, to: tree.path + "/subset0/4.5.6.mhd")
    let place = other.volume.planes[6].patientPoint(column: 20, row: 30)
    var recipe = try Recipe.overData(label: "nodule")
    recipe.modalities = ["CT"]
    var loader = SampleLoader(recipe: recipe, corpusRoot: nil, lungs: nil, threads: 2)
    loader.data = try open(tree, ["4.5.6,\(place.x),\(place.y),\(place.z),5"])
    loader.rules.shares = SplitShares(validation: 0, test: 0)
    #expect(throws: TrainingError(.lungsMissing)) { try loader.load() }
    loader.rules.unreadable = .drop
    let loaded = try #require(try loader.load())
    #expect(loaded.train.count == 16)
    #expect(loaded.report.sources[0].skipped["unreadable"] == 16)
  }

  @Test func lungsAreFoundWhereTheyAreNotDrawn() throws {
    let tree = try tree(lungs: false)
    defer { tree.remove() }
    let film = try open(tree, []).film(8)
    let lungs = try #require(film.lungs)
    #expect(lungs.intersection(tree.phantom.lungs[8]).count * 10 > tree.phantom.lungs[8].count * 8)
  }

  @Test func listsThatDoNotFitAreRefusedByRow() throws {
    let tree = try tree()
    defer { tree.remove() }
    let missing = #expect(throws: TrainingError.self) {
      _ = try open(tree, ["1.2.3,0,0,0,5", "9.9.9,0,0,0,5"])
    }
    #expect(missing?.code == .labelsWithoutFiles)
    #expect(
      try open(tree, ["1.2.3,0,0,0,5", "9.9.9,0,0,0,5"], drop: true).skipped[.labelWithoutFile]
        == 1)
    let word = #expect(throws: TrainingError.self) { _ = try open(tree, ["1.2.3,0,zero,0,5"]) }
    #expect(word?.code == .listRow && word?.index == 2)
    let flat = #expect(throws: TrainingError.self) { _ = try open(tree, ["1.2.3,0,0,0,-1"]) }
    #expect(flat?.code == .listRow)
  }

  /// Voxels lie in a file of their own: other voxels are other content.
  @Test func voxelsBelongToTheContent() throws {
    let tree = try tree()
    defer { tree.remove() }
    let before = try open(tree, []).contentDigest(3)
    #expect(try open(tree, []).contentDigest(3) == before)
    var voxels = tree.phantom.volume.voxels.map { Int16($0) }
    voxels[0] += 1
    try ToyVolume.write(tree.phantom.volume, voxels, to: tree.path + "/subset0/1.2.3.mhd")
    #expect(try open(tree, []).contentDigest(3) != before)
  }
}
