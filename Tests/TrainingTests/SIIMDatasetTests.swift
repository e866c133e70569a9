import DICOM
import Foundation
import Imaging
import Testing
import Training

@Suite struct SIIMDatasetTests {
  private func uid(_ number: Int) -> String { FilmFixture.uid(number) }

  /// Three films, 6 by 4: two rows, none, and a film without rows.
  private func tree(_ folder: borrowing TestFolder, _ rows: [String], header: String? = nil) throws
  {
    for number in 1...3 {
      let film = FilmFixture(number)
      let place = "\(uid(film.study))/\(uid(number + 9000))/\(uid(number)).dcm"
      try film.write("\(folder.path)/dicom-images-train/\(place)")
    }
    let lines = [header ?? "ImageId, EncodedPixels"] + rows
    try folder.write(lines.joined(separator: "\n"), "train-rle.csv")
  }

  @Test func readsTheTreeAndTheUnionOfTheRows() throws {
    let folder = try TestFolder()
    try tree(folder, ["\(uid(1)), 0 2", "\(uid(2)), -1", "\(uid(1)), 1 2 20 1"])
    #expect(DatasetReader.guess(folder.path) == .siim)
    let set = try DatasetReader.open(DatasetRequest(path: folder.path, threads: 2))
    #expect(set.kind == .siim && set.items.map(\.labels) == [[1], [0]])
    #expect(set.items.map(\.row) == [2, 3])
    #expect(set.skipped == [.fileWithoutLabel: 1])
    let film = try set.film(0)
    var truth = Mask(width: 6, height: 4)
    for row in 0...2 { truth[row, 0] = true }
    truth[3, 5] = true  // 23, the last pixel of the last column
    #expect(film.truth == truth)
    #expect(film.image.pixels == FilmFixture(1).samples.map { Float($0) / 255 })
    #expect(try set.film(1).truth?.isEmpty == true)
    #expect(try set.contentDigest(0) != set.contentDigest(1))
  }

  @Test func theSecondStagesHeaderIsReadToo() throws {
    let folder = try TestFolder()
    try tree(
      folder, ["\(uid(1)),0 2", "\(uid(2)),-1", "\(uid(3)),-1"], header: "ImageId,EncodedPixels")
    let set = try DatasetReader.open(
      DatasetRequest(path: folder.path, names: ["Pneumothorax", "mass"], threads: 1))
    #expect(set.items.map(\.labels) == [[1, nil], [0, nil], [0, nil]])
  }

  @Test func labelsWithoutFilesAreRefusedOrCounted() throws {
    let folder = try TestFolder()
    try tree(folder, ["\(uid(1)), 0 2", "2.25.77, -1", "2.25.78, 1 1"])
    var request = DatasetRequest(path: folder.path, threads: 1)
    #expect(throws: TrainingError(.labelsWithoutFiles, rows: [3, 4])) {
      try DatasetReader.open(request)
    }
    request.rules.labelsWithoutFiles = .drop
    let set = try DatasetReader.open(request)
    #expect(set.items.count == 1)
    #expect(set.skipped == [.fileWithoutLabel: 2, .labelWithoutFile: 2])
  }

  @Test func runsOutsideTheFilmAreRefusedWithTheirRow() throws {
    for runs in ["0 25", "24 1", "1 2 3", "-2 1", "x"] {
      let folder = try TestFolder()
      try tree(folder, ["\(uid(2)), -1", "\(uid(1)), \(runs)"])
      let error = trainingError {
        _ = try DatasetReader.open(DatasetRequest(path: folder.path, threads: 1))
      }
      #expect(error == TrainingError(.runLength, index: 3, rows: [3]), "\(runs)")
    }
    let folder = try TestFolder()
    try tree(folder, ["\(uid(1)), 0 24"])
    let set = try DatasetReader.open(DatasetRequest(path: folder.path, threads: 1))
    #expect(try set.film(0).truth?.count == 24)
  }

  @Test func marksAndNoMarksOfOneFilmContradict() throws {
    let folder = try TestFolder()
    try tree(folder, ["\(uid(1)), 0 2", "\(uid(2)), -1", "\(uid(1)), -1"])
    var request = DatasetRequest(path: folder.path, threads: 1)
    #expect(throws: TrainingError(.contradictoryLabels, rows: [2, 4])) {
      try DatasetReader.open(request)
    }
    request.rules.contradictions = .drop
    let set = try DatasetReader.open(request)
    #expect(set.items.count == 1 && set.skipped == [.contradictory: 1, .fileWithoutLabel: 1])
  }
}
