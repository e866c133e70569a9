import Foundation
import Imaging
import Phantoms
import Testing

import Training

/// Lists of films to paint into, and whole sets made from them.
@Suite struct PaintingRunTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "pleura-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  /// Films 0...5 of phantoms and a list in which three of them are left out, and one has no lungs.
  private func corpus(_ folder: String) throws -> String {
    var options = RadiographPhantom.Options()
    options.side = .some(nil)
    for index in 0..<6 {
      let film = RadiographPhantom(seed: 9, index: index, size: 96, options: options)
      try PNG.write(GreyPicture(film.image), to: "\(folder)/\(index).png")
      let lungs = index == 5 ? Mask(width: 96, height: 96) : film.lungs
      try PNG.write(lungs, to: "\(folder)/lungs-\(index).png")
    }
    let rows = [
      "file,pneumothorax,patient_id,view,note,drawn,split",
      "0.png,0,a,PA,,lungs-0.png,train", "1.png,1,b,PA,,lungs-1.png,train",
      "2.png,0,c,LATERAL,,lungs-2.png,train", "3.png,0,d,AP,rotated by 90,lungs-3.png,train",
      "4.png,0,e,AP,,lungs-4.png,val", "5.png,0,f,AP,,lungs-5.png,val",
      "gone.png,0,g,PA,,lungs-0.png,val", "0.png,unknown,h,PA,,lungs-0.png,val",
      "0.png,0,i,PA,,,val",
    ]
    let path = "\(folder)/films.csv"
    try AtomicFile.write(rows.joined(separator: "\n") + "\n", to: path)
    return path
  }

  private func run(_ list: String, out: String, count: Int, threads: Int) throws
    -> PaintingRun.Report
  {
    let films = try PaintingList(path: list, lungs: .column("drawn"))
    return try PaintingRun(
      .init(seed: 21, folder: out), list: films, lungs: nil, threads: threads
    ).write(count: count)
  }

  @Test func listsCountWhatTheyLeaveOut() throws {
    try withFolder { folder in
      let list = try corpus(folder)
      let films = try PaintingList(path: list, lungs: .column("drawn"))
      #expect(films.sources.map(\.row) == [2, 6, 7, 8])
      #expect(
        films.leftOut == [.positive: 1, .lateral: 1, .rotated: 1, .unlabelled: 1, .noMask: 1])
      let report = try run(list, out: folder + "/set", count: 9, threads: 1)
      #expect(report.written == 9)
      #expect(report.positives == 4 || report.positives == 5)
      #expect(report.sources == 2)
      #expect(report.leftOut[.unreadable] == 1 && report.leftOut[.badLungs] == 1)
      let table = try PictureList(path: folder + "/set/labels.csv")
      try table.checkPatients()
      #expect(Set(table.rows.map(\.patient)) == ["a", "e"])
      for row in table.rows {
        #expect(row.split == (row.patient == "a" ? "train" : "val"))
        #expect((row.label("pneumothorax") == 1) == (row.lesionMaskFile != nil))
        #expect(row.lungMaskFile != nil)
      }
    }
  }

  @Test func threadsDoNotChangeABit() throws {
    try withFolder { folder in
      let list = try corpus(folder)
      for threads in [1, 3] {
        _ = try run(list, out: "\(folder)/t\(threads)", count: 40, threads: threads)
      }
      let names = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/t1").sorted()
      #expect(names.count > 100)
      for name in names {
        #expect(
          FileManager.default.contents(atPath: "\(folder)/t1/\(name)")
            == FileManager.default.contents(atPath: "\(folder)/t3/\(name)"))
      }
    }
  }

  @Test func badListsAreRefused() throws {
    try withFolder { folder in
      let list = try corpus(folder)
      #expect(throws: TrainingError(.listUnreadable)) {
        try PaintingList(path: folder + "/none.csv", lungs: .model)
      }
      #expect(throws: TrainingError(.listColumn)) {
        try PaintingList(path: list, lungs: .column("nothing"))
      }
      #expect(throws: TrainingError(.listColumn)) {
        try PaintingList(path: list, label: "effusion", lungs: .model)
      }
      try AtomicFile.write(
        "file,pneumothorax,patient_id,split\na,0,p,train\nb,0,p,val\n", to: folder + "/two.csv")
      #expect(throws: TrainingError(.patientInTwoSplits, index: 3)) {
        try PaintingList(path: folder + "/two.csv", lungs: .model)
      }
      let lost = try PaintingList(path: list, lungs: .model)
      #expect(throws: TrainingError(.noSamples)) {
        try PaintingRun(.init(seed: 1, folder: folder + "/x"), list: lost, lungs: nil, threads: 1)
          .write(count: 4)
      }
    }
  }

  @Test func foldersAreTakenWhole() throws {
    try withFolder { folder in
      _ = try corpus(folder)
      let films = try PaintingList(path: folder, lungs: .folder(folder))
      #expect(films.sources.count == 12)
      #expect(films.sources.allSatisfy { $0.split == nil })
    }
  }
}
