import Foundation
import Imaging
import Networks
import Phantoms
import Testing
import Training

@Suite struct DataTests {
  private func list(_ text: String) throws -> PictureList {
    let path = NSTemporaryDirectory() + "list-\(UUID().uuidString).csv"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return try PictureList(path: path)
  }

  @Test func readsLabelsFindingsAndUnknowns() throws {
    let table = try list(
      """
      file,pneumothorax,findings,patient_id,split,licence,lung_mask
      a.jpg,1,Effusion|Pneumothorax,7,train,CC BY 4.0,
      b.jpg,unknown,Effusion,8,val,,m/b.png
      c.jpg,0,No Finding,9,val,,
      """)
    #expect(table.rows.map { $0.label("pneumothorax") } == [1, nil, 0])
    #expect(table.rows.map { $0.label("Effusion") } == [1, 1, 0])
    #expect(table.rows.map { $0.label("Mass") } == [0, 0, 0])
    #expect(table.rows[0].licence == "CC BY 4.0")
    #expect(table.rows.map(\.lungMaskFile) == [nil, "m/b.png", nil])
    #expect(table.rows.map(\.lesionMaskFile) == [nil, nil, nil] && !table.drawsLesions)
    #expect(table.rows.map(\.line) == [2, 3, 4])
    try table.checkPatients()
  }

  @Test func onePatientInTwoSplitsIsRefused() throws {
    let table = try list("file,split,patient_id\na,train,1\nb,val,2\nc,val,1\n")
    #expect(throws: TrainingError(.patientInTwoSplits, index: 4)) { try table.checkPatients() }
  }

  @Test func aListWithoutFilesIsRefused() throws {
    #expect(throws: TrainingError(.listColumn)) { try list("picture,label\na,1\n") }
    #expect(throws: TrainingError(.listUnreadable)) { try PictureList(path: "/nowhere.csv") }
  }

  private func sample(_ label: Float, source: Int, patient: String = "p") -> TrainingSample {
    let preparation = ImagePreparation(width: 8, height: 8)
    return TrainingSample(
      image: preparation.prepare(Image(width: 8, height: 8, pixels: (0..<64).map(Float.init))),
      labels: [label], truth: nil, patient: patient, source: source, origin: "")
  }

  @Test func drawsFollowWeightsAndShares() {
    let samples = [sample(1, source: 0), sample(0, source: 0), sample(0, source: 1)]
    let sampler = BatchSampler(
      samples: SampleSet(samples), weights: [3, 1, 5], positiveShares: [0.25, nil, nil], seed: 1)
    var counts = [0, 0, 0]
    for slot in 0..<4000 { counts[sampler.draw(epoch: 0, step: 0, slot: slot).index] += 1 }
    // Source 2 is empty; source 0 gets 3/4 of 4000, a quarter of it positive.
    #expect(abs(counts[0] - 750) < 100)
    #expect(abs(counts[1] - 2250) < 120)
    #expect(abs(counts[2] - 1000) < 100)
    let again = sampler.draw(epoch: 2, step: 5, slot: 7)
    #expect(again.index == sampler.draw(epoch: 2, step: 5, slot: 7).index)
    #expect(again.random == sampler.draw(epoch: 2, step: 5, slot: 7).random)
  }

  /// Patients 0 and 1 have films of both classes, 2 and 3 of one, and "" is nobody.
  @Test func matchedSourcesDrawCaseAndControlOfOnePatient() {
    let films: [(Float, String)] = [
      (1, "0"), (0, "0"), (0, "0"), (0, "1"), (1, "1"), (1, "2"), (0, "3"), (1, ""), (0, ""),
    ]
    let samples = SampleSet(films.map { sample($0.0, source: 0, patient: $0.1) })
    func sampler(matched: Bool) -> BatchSampler {
      BatchSampler(
        samples: samples, weights: [1], positiveShares: [0.5], matched: [matched], seed: 4)
    }
    let (matched, plain) = (sampler(matched: true), sampler(matched: false))
    var partners: [Int: Set<Int>] = [:]
    for step in 0..<400 {
      let first = matched.draw(epoch: 1, step: step, slot: 0)
      let second = matched.draw(epoch: 1, step: step, slot: 1)
      #expect(first.index == plain.draw(epoch: 1, step: step, slot: 0).index)
      partners[first.index, default: []].insert(second.index)
      #expect((first.index < 5) == (first.random == second.random))
      if first.index >= 5 {
        #expect(second.index == plain.draw(epoch: 1, step: step, slot: 1).index)
      }
    }
    #expect(partners[0] == [1, 2] && partners[1] == [0] && partners[2] == [0])
    #expect(partners[3] == [4] && partners[4] == [3])
    // Who has no counterpart, or no name, is followed by anyone.
    for index in 5...8 { #expect((partners[index]?.count ?? 0) > 3) }
  }

  @Test func noAugmentationChangesNothing() {
    let before = sample(1, source: 0)
    var random = SeededRandom(seed: 1, stream: 1)
    let after = Augmentation().apply(to: before, random: &random)
    #expect(after.image.base == before.image.base)
  }

  @Test func mirroringMovesPictureAndMasksTogether() {
    var before = sample(1, source: 0)
    var mask = Mask(width: 8, height: 8)
    mask[2, 1] = true
    before.truth = mask
    before.image.lung = mask
    before.image.base = mask.image
    var random = SeededRandom(seed: 1, stream: 1)
    let after = Augmentation(mirror: 1).apply(to: before, random: &random)
    #expect(after.truth?[2, 6] == true && after.truth?.count == 1)
    #expect(after.image.lung == after.truth)
    #expect(after.image.base[2, 6] == 1)
  }

  @Test func lesionsAndLungsOfAListAreToldApart() throws {
    let folder = NSTemporaryDirectory() + "films-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let set = PhantomSet.Options(kind: .radiograph, count: 6, seed: 3, size: 64, folder: folder)
    try PhantomSet(set).write()
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    let films = try FilmSource(source, names: ["pneumothorax"], corpusRoot: folder)
    #expect(films.count == 6)
    for index in 0..<films.count {
      let film = try films.film(index)
      let phantom = RadiographPhantom(seed: 3, index: index, size: 64)
      #expect(film.truth == phantom.truth && film.lungs == phantom.lungs)
    }
    // Lung models take no other mask for the lungs.
    let path = folder + "/labels.csv"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try text.replacingOccurrences(of: "lung_mask", with: "other").write(
      toFile: path, atomically: true, encoding: .utf8)
    let lungs = try FilmSource(
      source, names: [], corpusRoot: folder, needs: .init(drawnLungs: true))
    #expect(lungs.count == 0)
  }
}
