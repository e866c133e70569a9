import DICOM
import Foundation
import Imaging
import Testing

/// Slices become a volume, with everything odd written down.
@Suite struct VolumeTests {
  private let reader = DCMTKReader()
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func slice(
    _ number: Int, z: Double, y: Double = 0, value: Int? = nil, series: String = "1.2.3.5",
    orientation: String = "1\\0\\0\\0\\1\\0"
  ) throws -> Instance {
    let specimen = Specimen(
      series: series, instance: number, position: "0\\\(y)\\\(z)", orientation: orientation,
      pixels: Array(repeating: value ?? number, count: 4))
    return try reader.read(path: try folder.write(specimen.dataSet().file(), "s\(number)"))
  }

  @Test func slicesAreSortedAlongTheNormal() throws {
    let slices = try [(1, 5.0), (2, 0.0), (3, 10.0), (4, 15.0)].map { try slice($0, z: $1) }
    let (volume, report) = try reader.volume(of: slices)
    #expect(stride(from: 0, to: 16, by: 4).map { volume.voxels[$0] } == [2, 1, 3, 4])
    #expect(volume.planes.map(\.position.z) == [0, 5, 10, 15])
    #expect(report.spacingMillimetres == 5 && report.isEvenlySpaced && !report.hasGantryTilt)
    #expect(report.sources.map(\.sopInstanceUID.value).first == "1.2.3.6.2")
  }

  @Test func gapsAndDuplicatesAreRecorded() throws {
    let slices = try [
      slice(1, z: 0), slice(2, z: 1), slice(3, z: 2), slice(4, z: 2, value: 3), slice(5, z: 5),
      slice(6, z: 5, value: 99), slice(7, z: 6), slice(8, z: 7),
    ]
    let (volume, report) = try reader.volume(of: slices.reversed())
    #expect(volume.slices == 6)
    #expect(report.gaps.map(\.afterSlice) == [2])
    #expect(report.gaps.first?.distanceMillimetres == 3)
    #expect(report.duplicates.map(\.dropped.sopInstanceUID.value) == ["1.2.3.6.4", "1.2.3.6.6"])
    #expect(report.duplicates.map(\.kept.sopInstanceUID.value) == ["1.2.3.6.3", "1.2.3.6.5"])
    #expect(report.duplicates.map(\.samePixels) == [true, false])
    #expect(volume.voxels[3 * 4] == 5)
  }

  @Test func tiltIsMeasured() throws {
    let slices = try (0..<4).map { try slice($0 + 1, z: Double($0) * 5, y: Double($0) * 1.34) }
    let (_, report) = try reader.volume(of: slices)
    #expect(report.hasGantryTilt)
    #expect(abs(report.tiltDegrees - 15) < 0.1)
    #expect(abs(report.spacingMillimetres - 5) < 1e-9)
  }

  @Test func otherOrientationsAreOtherStacks() throws {
    let sagittal = "0\\1\\0\\0\\0\\-1"
    let slices = try [
      slice(1, z: 0), slice(2, z: 1), slice(3, z: 0, orientation: sagittal),
    ]
    let (volume, report) = try reader.volume(of: slices)
    #expect(volume.slices == 2)
    #expect(report.otherStacks.map(\.sopInstanceUID.value) == ["1.2.3.6.3"])
  }

  @Test func whatIsNoSeriesIsRefused() throws {
    let mixed = try [slice(1, z: 0), slice(2, z: 1, series: "1.2.3.9")]
    #expect(throws: DICOMError.self) { try reader.volume(of: mixed) }
    let path = try folder.write(Specimen(position: nil).dataSet().file())
    let lost = try reader.read(path: path)
    let error = #expect(throws: DICOMError.self) { try reader.volume(of: [lost]) }
    #expect(error?.code == .missingGeometry)
  }

  @Test func studiesDoNotDependOnOrder() throws {
    let slices = try [slice(1, z: 0), slice(2, z: 1), slice(3, z: 2, series: "1.2.3.9")]
    let (one, repeated) = Study.assemble(slices + [slices[0]])
    let (other, _) = Study.assemble(slices.reversed())
    #expect(repeated.count == 1)
    #expect(one.count == 1 && one[0].series.count == 2)
    #expect(
      one[0].instances.map(\.sopInstanceUID) == other[0].instances.map(\.sopInstanceUID))
  }
}
