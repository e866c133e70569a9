import Foundation
import Imaging
import Phantoms
import Testing
import Training

/// Volumes written as others publish them, taken apart into slices.
@Suite struct VolumeDatasetTests {
  private func folder() throws -> (path: String, phantom: CTPhantom) {
    let path = NSTemporaryDirectory() + "volumes-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let phantom = CTPhantom(seed: 5, series: 2, size: 64, slices: 16, hasLesions: true)
    let healthy = CTPhantom(seed: 5, series: 3, size: 64, slices: 16, hasLesions: false)
    try ToyVolume.write(
      phantom.volume, phantom.volume.voxels.map { Int16($0) }, to: path + "/a.mhd")
    try ToyVolume.write(phantom.volume, phantom.truth.bits.map { Int16($0) }, to: path + "/am.mhd")
    try ToyVolume.write(
      phantom.volume, zip(phantom.leftLung.bits, phantom.rightLung.bits).map { Int16($0 + 2 * $1) },
      to: path + "/al.mhd")
    try ToyVolume.write(
      healthy.volume, healthy.volume.voxels.map { Int16($0) }, to: path + "/b.mhd")
    return (path, phantom)
  }

  private func open(_ path: String, _ list: String) throws -> any Dataset {
    try list.write(toFile: path + "/labels.csv", atomically: true, encoding: .utf8)
    var request = DatasetRequest(path: path, names: ["lesion"])
    request.needs = FilmSource.Needs(hounsfield: true, lungs: true)
    return try DatasetReader.open(request)
  }

  @Test func slicesCarryWhatTheVolumesSay() throws {
    let (path, phantom) = try folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let set = try open(
      path, "file,lesion,mask,lung_mask,split\na.mhd,1,am.mhd,al.mhd,train\nb.mhd,0,,,test")
    #expect(set.kind == .volumes && set.items.count == 32)
    for slice in 0..<16 {
      let film = try set.film(slice)
      #expect(film.truth == phantom.truth[slice])
      #expect(set.items[slice].labels == [phantom.truth.isEmpty(slice) ? 0 : 1])
      #expect(film.lungs == phantom.lungs[slice])
      #expect(
        zip(film.image.pixels, phantom.volume.slice(slice).pixels).allSatisfy { $0 == $1 })
    }
    #expect(Set(set.items.map(\.split)) == ["train", "test"])
    // Lungs are found where nobody drew them, and the truth of a volume without is empty.
    let other = try set.film(16 + 8)
    #expect(other.truth?.isEmpty == true && other.lungs?.isEmpty == false)
    #expect(try set.contentDigest(3) != set.contentDigest(4))
  }

  @Test func aPositiveVolumeWithoutMaskSaysNothingOfItsSlices() throws {
    let (path, _) = try folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let set = try open(path, "file,lesion\na.mhd,1\nb.mhd,0")
    #expect(set.items.count == 16 && set.skipped[.labelUnknown] == 16)
  }

  @Test func whatIsWrongIsNamed() throws {
    let (path, phantom) = try folder()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try AtomicFile.write(Array("NDims = 2\n".utf8), to: path + "/broken.mhd")
    #expect(throws: TrainingError(.pictureUnreadable, index: 3, column: "file")) {
      try open(path, "file,lesion\nb.mhd,0\nbroken.mhd,0")
    }
    let small = CTPhantom(seed: 5, series: 2, size: 32, slices: 16)
    try ToyVolume.write(small.volume, small.truth.bits.map { Int16($0) }, to: path + "/small.mhd")
    #expect(throws: TrainingError(.maskSize, index: 2, column: "mask")) {
      try open(path, "file,lesion,mask\na.mhd,1,small.mhd")
    }
    // A window of 8 bits, as some sets are published.
    try ToyVolume.write(
      phantom.volume, phantom.volume.voxels.map { Int16(min(max(($0 + 1350) / 6, 0), 255)) },
      to: path + "/window.mhd")
    let set = try open(path, "file,lesion\nwindow.mhd,0")
    #expect(throws: TrainingError(.pictureNotHounsfield, index: 2)) { _ = try set.film(4) }
  }
}
