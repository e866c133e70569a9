import CDCMTK
import Imaging

/// The masks of a BINARY segmentation as read back from its file.
package struct SegmentationMasks: Sendable {
  /// One frame of the segmentation.
  package struct Frame: Sendable {
    /// From 1.
    package let segmentNumber: Int
    package let sourceSOPInstanceUID: UID?
    /// From 0; nil where the source has a single frame.
    package let sourceFrame: Int?
    package let mask: Mask
  }

  package let sopInstanceUID: UID
  package let labels: [String]
  package let frames: [Frame]

  /// - Throws: `DICOMError`, also for an object of another class or kind.
  package init(path: Sensitive<String>) throws {
    let dataset = try Dataset(reading: path)
    let root = dataset.root
    guard try root.uid(.sopClassUID) == SOPClass.segmentation,
      root.text(.segmentationType) == "BINARY", root.integer(.bitsAllocated) == 1
    else {
      throw DICOMError(.unsupportedPixelFormat, at: .attribute(.segmentationType))
    }
    guard let rows = root.integer(.rows), let columns = root.integer(.columns), rows > 0,
      columns > 0
    else { throw DICOMError(.missingAttribute, at: .attribute(.rows)) }
    sopInstanceUID = try root.uid(.sopInstanceUID)
    labels = (0..<root.count(.segmentSequence)).map { index in
      root.item(.segmentSequence, index)?.text(.segmentLabel) ?? ""
    }
    frames = try (0..<root.count(.perFrameFunctionalGroupsSequence)).map { index in
      var bits = [UInt8](repeating: 0, count: rows * columns)
      try Dataset.check(cdw_unpack_bits(dataset.handle, index, rows * columns, &bits))
      let mask = Mask(width: columns, height: rows, bits: bits)
      return try Self.frame(index, mask: mask, root: root)
    }
  }

  private static func frame(_ index: Int, mask: Mask, root: DatasetItem) throws -> Frame {
    let groups = root.item(.perFrameFunctionalGroupsSequence, index)
    let number = groups?.item(.segmentIdentificationSequence)?.integer(.referencedSegmentNumber)
    guard let number else {
      throw DICOMError(.missingAttribute, at: .attribute(.referencedSegmentNumber))
    }
    let source = groups?.item(.derivationImageSequence)?.item(.sourceImageSequence)
    return Frame(
      segmentNumber: number, sourceSOPInstanceUID: try? source?.uid(.referencedSOPInstanceUID),
      sourceFrame: source?.integer(.referencedFrameNumber).map { $0 - 1 }, mask: mask)
  }
}
