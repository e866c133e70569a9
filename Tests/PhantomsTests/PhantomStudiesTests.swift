import DICOM
import Foundation
import Imaging
import Phantoms
import Testing

@Suite struct PhantomStudiesTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "pleura-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func radiographsReadBackAsDrawn() throws {
    try withFolder { folder in
      let reader = DCMTKReader()
      for (index, inverted) in [false, true].enumerated() {
        var style = RadiographStudy.Style()
        style.inverted = inverted
        style.digital = inverted
        let study = RadiographStudy(seed: 5, index: index, size: 128, style: style)
        try study.write(to: "\(folder)/\(index).dcm")
        let instance = try reader.read(path: "\(folder)/\(index).dcm")
        let density = try reader.density(of: instance, frame: 0)
        for (a, b) in zip(density.pixels, study.film.image.pixels) {
          #expect(abs(a - b) < 1.5 / 4095)
        }
        #expect(instance.studyInstanceUID == study.studyInstanceUID)
      }
    }
  }

  @Test(arguments: [false, true]) func seriesReadBackInHounsfieldUnits(signed: Bool) throws {
    try withFolder { folder in
      var style = CTStudy.Style()
      style.signed = signed
      let study = CTStudy(seed: 5, index: 2, size: 64, slices: 6, style: style)
      let reader = DCMTKReader()
      var instances: [Instance] = []
      // Written in another order than they lie.
      for slice in [3, 0, 5, 1, 4, 2] {
        try study.write(slice: slice, to: "\(folder)/\(slice).dcm")
        instances.append(try reader.read(path: "\(folder)/\(slice).dcm"))
      }
      let (volume, report) = try reader.volume(of: instances)
      #expect(report.gaps.isEmpty && report.duplicates.isEmpty)
      let source = study.phantom.volume
      #expect(volume.slices == 6)
      #expect(abs(volume.planes[4].position.z - source.planes[4].position.z) < 1e-3)
      // The corners are padding in the signed form.
      for slice in 0..<6 {
        let (a, b) = (volume.slice(slice), source.slice(slice))
        #expect(a.values(inside: centre) == b.values(inside: centre))
      }
    }
  }

  private var centre: Mask {
    var mask = Mask(width: 64, height: 64)
    for row in 12..<52 { for column in 12..<52 { mask[row, column] = true } }
    return mask
  }

  @Test func setsListEveryFile() throws {
    try withFolder { folder in
      try PhantomSet(.init(kind: .radiograph, count: 6, seed: 2, size: 64, folder: folder)).write()
      let text = String(decoding: try AtomicFile.read("\(folder)/labels.csv"), as: UTF8.self)
      let rows = text.split(separator: "\n").dropFirst()
      #expect(rows.count == 6)
      for (index, row) in rows.enumerated() {
        let fields = row.split(separator: ",", omittingEmptySubsequences: false)
        let film = RadiographPhantom(seed: 2, index: index, size: 64)
        #expect(fields[1] == (film.hasPneumothorax ? "1" : "0"))
        #expect(try PNG.read("\(folder)/\(fields[0])") == GreyPicture(film.image))
        #expect(try PNG.read("\(folder)/\(fields[5])").mask == film.lungs)
        if film.hasPneumothorax {
          #expect(try PNG.read("\(folder)/\(fields[4])").mask == film.truth)
        }
      }
    }
  }

  @Test func slicesKeepTheirHounsfieldUnits() throws {
    try withFolder { folder in
      try PhantomSet(
        .init(kind: .computedTomography, count: 2, seed: 2, size: 64, folder: folder)
      ).write()
      let phantom = CTPhantom(seed: 2, slice: 1, size: 64)
      let picture = try PNG.read("\(folder)/images/000001.png")
      #expect(picture.bits == 16)
      #expect(picture.samples.map { Float($0) - 1024 } == phantom.volume.voxels)
    }
  }

  @Test func splitsKeepPatientsTogether() {
    let parts = (0..<400).map { PhantomSet.split(seed: 1, patient: $0) }
    #expect(Set(parts) == ["train", "val", "test"])
    let train = parts.count { $0 == "train" }
    #expect(train > 240 && train < 320)
  }
}
