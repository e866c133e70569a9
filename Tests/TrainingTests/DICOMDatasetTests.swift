import DICOM
import Foundation
import Imaging
import Testing
import Training

@Suite struct DICOMDatasetTests {
  private func uid(_ number: Int) -> String { FilmFixture.uid(number) }

  private func open(
    _ folder: borrowing TestFolder, names: [String] = ["pneumothorax"],
    kind: DatasetKind? = nil,
    _ change: (inout DatasetRules) -> Void = { _ in }
  ) throws -> any Dataset {
    var request = DatasetRequest(
      path: folder.path, list: folder.path + "/reports.csv", kind: kind, names: names, threads: 2)
    change(&request.rules)
    return try DatasetReader.open(request)
  }

  /// Study 50: frontal films 1 and 2, lateral 3; study 51: film 4; study 52: lateral 5 alone.
  private func films(_ folder: borrowing TestFolder) throws {
    for (number, study, view) in [
      (1, 50, "PA"), (2, 50, "AP"), (3, 50, "LL"), (4, 51, ""), (5, 52, "LL"),
    ] {
      var film = FilmFixture(number, study: study, patient: "CANARY-\(study)")
      film.view = view
      film.accession = "ACC\(study)"
      film.inverted = number == 2
      try film.write("\(folder.path)/in/\(number).dcm")
    }
  }

  @Test func aLabelOfAStudyIsThatOfItsFrontalFilms() throws {
    let folder = try TestFolder()
    try films(folder)
    try folder.write("StudyInstanceUID,Pneumothorax\n\(uid(50)),1\n\(uid(51)),0\n", "reports.csv")
    let set = try open(folder)
    #expect(DatasetReader.guess(folder.path, list: folder.path + "/reports.csv") == .dicom)
    #expect(set.items.map(\.labels) == [[1], [1], [0]])
    #expect(set.items[0].patient == set.items[1].patient)
    #expect(set.items[0].patient != set.items[2].patient)
    #expect(set.skipped == [.lateralView: 2])
    // MONOCHROME1 is turned round.
    #expect(try set.film(0).image.pixels == FilmFixture(1).samples.map { Float($0) / 255 })
    #expect(
      try set.film(1).image.pixels == FilmFixture(2).samples.map { Float(1 - Double($0) / 255) })
    #expect(try set.film(0).truth == nil)
    #expect(!"\(set.items)".contains("CANARY") && !"\(set.items)".contains(uid(1)))
  }

  /// A list of pictures may name DICOM films, with drawn masks, as an evaluation wants them.
  @Test func aListOfPicturesMayNameFilms() throws {
    let folder = try TestFolder()
    try films(folder)
    try folder.make("masks")
    var drawn = [UInt8](repeating: 0, count: 24)
    drawn[7] = 1
    try PNG.write(Mask(width: 6, height: 4, bits: drawn), to: folder.path + "/masks/1.png")
    try folder.write(
      "file,pneumothorax,mask\nin/1.dcm,1,masks/1.png\nin/2.dcm,0,\nin/none.dcm,0,\n", "labels.csv")
    let list = try PictureList(path: folder.path + "/labels.csv")
    #expect(list.rows.count == 3)
    var source = Recipe.Source(kind: .pictures, use: .validation)
    source.list = "labels.csv"
    let set = try FilmSource(source, names: ["pneumothorax"], corpusRoot: folder.path)
    let (one, two) = (try set.film(0), try set.film(1))
    #expect(one.image.pixels == FilmFixture(1).samples.map { Float($0) / 255 })
    #expect(two.image.pixels == FilmFixture(2).samples.map { Float(1 - Double($0) / 255) })
    #expect(one.truth?.bits == drawn && two.truth?.isEmpty == true)
    #expect(throws: TrainingError(.pictureUnreadable, index: 4, column: "file")) {
      try set.film(2)
    }
  }

  @Test func rowsNameTheFinestThatTheyGive() throws {
    let folder = try TestFolder()
    try films(folder)
    try folder.write(
      "\u{FEFF}accession;sop;pneumothorax;effusion;split\n"
        + "ACC50;\(uid(2));1;0;train\nACC51;;0;unknown;val\n",
      "reports.csv")
    let set = try open(folder, names: ["pneumothorax", "effusion"])
    #expect(set.items.map(\.labels) == [[1, 0], [0, nil]])
    #expect(set.items.map(\.split) == ["train", "val"])
    #expect(set.skipped == [.lateralView: 2, .fileWithoutLabel: 1])
  }

  @Test func contradictoryRowsAreRefusedOrDropped() throws {
    let folder = try TestFolder()
    try films(folder)
    try folder.write(
      "study,sop,pneumothorax\n\(uid(50)),,1\n\(uid(51)),,0\n,\(uid(1)),0\n", "reports.csv")
    #expect(throws: TrainingError(.contradictoryLabels, rows: [2, 4])) { try open(folder) }
    let set = try open(folder) { $0.contradictions = .drop }
    #expect(set.items.map(\.labels) == [[1], [0]])
    #expect(set.skipped[.contradictory] == 1)
  }

  @Test func rowsWithoutFilesAreRefusedAndLateralStudiesCounted() throws {
    let folder = try TestFolder()
    try films(folder)
    try folder.write(
      "study,pneumothorax\n\(uid(50)),1\n\(uid(52)),0\n\(uid(60)),0\n", "reports.csv")
    #expect(throws: TrainingError(.labelsWithoutFiles, rows: [4])) { try open(folder) }
    let set = try open(folder) { $0.labelsWithoutFiles = .drop }
    #expect(
      set.skipped == [
        .labelWithoutFile: 1, .noFrontalFilm: 1, .lateralView: 2, .fileWithoutLabel: 1,
      ])
  }

  @Test func whatIsNoFilmIsCounted() throws {
    let folder = try TestFolder()
    try films(folder)
    try FileManager.default.copyItem(
      atPath: folder.path + "/in/1.dcm", toPath: folder.path + "/in/again.dcm")
    try folder.write("not an image, but long enough to be looked at as one", "in/note")
    let whole = try AtomicFile.read(folder.path + "/in/4.dcm")
    try AtomicFile.write(Array(whole.prefix(300)), to: folder.path + "/in/torn.dcm")
    try folder.write("study,pneumothorax\n\(uid(50)),1\n\(uid(51)),0\n", "reports.csv")
    let set = try open(folder)
    #expect(
      set.skipped == [.lateralView: 2, .repeatedFile: 1, .notDICOM: 1, .unreadable: 1])
  }

  @Test func listsThatCannotBeUsedAreRefused() throws {
    let folder = try TestFolder()
    try films(folder)
    try folder.write("study,effusion\n\(uid(50)),1\n", "reports.csv")
    #expect(throws: TrainingError(.listColumn)) { try open(folder) }
    try folder.write("study,pneumothorax\n\(uid(50)),1\n,0\n", "reports.csv")
    #expect(throws: TrainingError(.listRow, index: 3)) { try open(folder) }
    try folder.write("study,pneumothorax\n\(uid(50)),1,5\n", "reports.csv")
    #expect(throws: TrainingError(.listRow, index: 2)) { try open(folder, kind: .dicom) }
    try folder.write("study,study,pneumothorax\n", "reports.csv")
    #expect(throws: TrainingError(.listColumn)) { try open(folder, kind: .dicom) }
    try folder.write("name,pneumothorax\nx,1\n", "reports.csv")
    #expect(throws: TrainingError(.datasetUnknown)) { try open(folder) }
  }

  @Test func aPatientInTwoSplitsIsRefused() throws {
    let folder = try TestFolder()
    for number in 1...3 {
      try FilmFixture(number, patient: "SAME").write("\(folder.path)/in/\(number).dcm")
    }
    try folder.write(
      "sop,pneumothorax,split\n\(uid(1)),1,train\n\(uid(2)),0,val\n\(uid(3)),0,train\n",
      "reports.csv")
    #expect(throws: TrainingError(.patientInTwoSplits, rows: [3])) { try open(folder) }
  }
}
