import CDCMTK
import Imaging

extension SegmentationObject {
  /// Writes the object: temporary name in the same folder, fsync, rename.
  /// - Throws: `DICOMError`: `frameOutOfRange` or `mixedGeometry` for masks that do not fit their
  ///   sources, `noPixelData` without any mask, `writeFailed`.
  package func write(to path: String) throws {
    let images = try SourceImage.open(sources)
    let masks = segments.flatMap(\.masks)
    // A place in the patient is claimed only when every frame has one in one frame of reference;
    // a projection has none (PS3.3 A.51.5.1: the plane macros are conditional on it).
    let reference = images[0].root.text(.frameOfReferenceUID)
    let isSpatial =
      reference != nil && images.allSatisfy { $0.root.text(.frameOfReferenceUID) == reference }
      && masks.allSatisfy {
        images.indices.contains($0.source) && images[$0.source].hasGeometry(frame: $0.frame)
      }
    let frames = try SegmentationFrame.ordered(segments, sources: images, isSpatial: isSpatial)
    let modules = SegmentationModules(
      object: self, sources: images, frames: frames, isSpatial: isSpatial)
    let dataset = try Dataset()
    let root = dataset.root
    try putHeader(images, to: root)
    if isSpatial {
      try root.copy(.frameOfReferenceUID, from: images[0].root)
      if try !root.copy(.positionReferenceIndicator, from: images[0].root) {
        try root.put(.positionReferenceIndicator, "")
      }
    }
    try putImage(images[0], frames: frames.count, to: root)
    try modules.putSegments(to: root)
    try modules.putDimensions(to: root)
    try modules.putSharedGroups(to: root)
    try modules.putFrameGroups(to: root)
    let bits = BitPacking.pack(frames.map(\.mask))
    try Dataset.check(cdw_put_pixels8(root.handle, bits, bits.count))
    try dataset.save(to: path, syntax: .explicitLittleEndian)
  }

  private func putHeader(_ images: [SourceImage], to root: DatasetItem) throws {
    try CommonModules.copyPatientAndStudy(from: images[0], to: root)
    try CommonModules.putObject(SOPClass.segmentation, identity: identity, to: root)
    try CommonModules.putSeries(
      modality: "SEG", title: "SEG", identity: identity, producer: producer, to: root)
    try CommonModules.copyBodyPart(from: images[0], laterality: false, to: root)
    try CommonModules.putEquipment(producer, to: root)
    try CommonModules.putReferencedSeries(
      images, instances: .referencedInstanceSequence, to: root)
    try root.put(.contentDate, identity.date)
    try root.put(.contentTime, identity.time)
    try root.put(.contentLabel, "AI_FINDINGS")
    try root.put(.contentDescription, "Regions\(producer.mark). " + CommonModules.warning)
    try root.put(.contentCreatorName, "Pleura^AI")
    // Type 2C for images without Image Orientation (Patient).
    if try !root.copy(.patientOrientation, from: images[0].root) {
      try root.put(.patientOrientation, "")
    }
  }

  private func putImage(_ source: SourceImage, frames: Int, to root: DatasetItem) throws {
    try root.put(.imageType, "DERIVED\\PRIMARY")
    try root.put(.samplesPerPixel, short: 1)
    try root.put(.photometricInterpretation, "MONOCHROME2")
    try root.put(.numberOfFrames, integer: frames)
    try root.put(.rows, short: source.rows)
    try root.put(.columns, short: source.columns)
    try root.put(.bitsAllocated, short: 1)
    try root.put(.bitsStored, short: 1)
    try root.put(.highBit, short: 0)
    try root.put(.pixelRepresentation, short: 0)
    try root.put(.segmentationType, "BINARY")
    try LossyHistory.copy(from: source, to: root)
  }
}

/// One bit a pixel, least significant first, frames following each other without any padding
/// between them (PS3.5 8.1.1 and D.2). Our own: DCMTK 3.6.7 mixes bits up when a frame is not a
/// multiple of eight pixels.
enum BitPacking {
  static func pack(_ masks: [PackedMask]) -> [UInt8] {
    let count = masks.reduce(0) { $0 + $1.width * $1.height }
    var packed = [UInt8](repeating: 0, count: (count + 7) / 8)
    var position = 0
    for mask in masks {
      for bit in mask.mask.bits {
        if bit != 0 { packed[position >> 3] |= 1 << UInt8(position & 7) }
        position += 1
      }
    }
    return packed
  }
}

/// Lossy Image Compression: once lossy, forever lossy (PS3.3 C.7.6.1.1.5).
enum LossyHistory {
  static func copy(from source: SourceImage, to root: DatasetItem) throws {
    guard source.root.text(.lossyImageCompression) == "01" else {
      return try root.put(.lossyImageCompression, "00")
    }
    try root.put(.lossyImageCompression, "01")
    try root.copy(.lossyImageCompressionRatio, from: source.root)
    try root.copy(.lossyImageCompressionMethod, from: source.root)
  }
}
