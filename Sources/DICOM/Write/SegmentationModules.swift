import Imaging

/// The segments and functional groups of a segmentation (PS3.3 C.8.20.2, C.7.6.16).
struct SegmentationModules {
  let object: SegmentationObject
  let sources: [SourceImage]
  let frames: [SegmentationFrame]
  /// All frames have a place in the patient.
  let isSpatial: Bool

  func putSegments(to root: DatasetItem) throws {
    for (index, segment) in object.segments.enumerated() {
      try root.append(.segmentSequence) { item in
        try item.put(.segmentNumber, short: index + 1)
        try item.put(.segmentLabel, CommonModules.ascii(segment.label, 64))
        try item.put(.segmentAlgorithmType, "AUTOMATIC")
        try item.put(.segmentAlgorithmName, object.producer.title)
        try item.append(.segmentedPropertyCategoryCodeSequence, code: segment.category)
        try item.append(.segmentedPropertyTypeCodeSequence, code: segment.type)
        try putAnatomy(of: segment, to: item)
        try putAlgorithm(to: item)
        try item.put(.recommendedDisplayCIELabValue, short: Self.colour(index))
        try item.put(.trackingID, CommonModules.ascii(segment.trackingID, 64))
        try item.put(.trackingUID, segment.trackingUID)
      }
    }
  }

  private func putAnatomy(of segment: SegmentationObject.Segment, to item: DatasetItem) throws {
    guard let region = segment.anatomicRegion else { return }
    try item.append(.anatomicRegionSequence, code: region) { code in
      guard let side = segment.side else { return }
      try code.append(.anatomicRegionModifierSequence, code: side == .left ? .left : .right)
    }
  }

  private func putAlgorithm(to item: DatasetItem) throws {
    try item.append(.segmentationAlgorithmIdentificationSequence) { algorithm in
      try algorithm.append(.algorithmFamilyCodeSequence, code: .artificialIntelligence)
      try algorithm.put(.algorithmName, CommonModules.ascii(object.producer.algorithmName, 64))
      try algorithm.put(
        .algorithmVersion, CommonModules.ascii(object.producer.algorithmVersion, 64))
      try algorithm.put(
        .algorithmParameters, "model-sha256=" + CommonModules.ascii(object.producer.modelDigest, 64)
      )
    }
  }

  /// Distinct colours in PCS values of CIELab (PS3.3 C.10.7.1.1), red first.
  private static func colour(_ index: Int) -> [Int] {
    let palette = [
      [34885, 53485, 50171], [57458, 10925, 54272], [54900, 28000, 52900], [39000, 33000, 16000],
      [48000, 46000, 20000],
    ]
    return palette[index % palette.count]
  }

  /// Dimensions: segment, then the place of the frame, or its number where it has no place.
  func putDimensions(to root: DatasetItem) throws {
    let organization = UID.derived(
      from: ["dimension-organization", object.identity.sopInstanceUID.value])
    try root.append(.dimensionOrganizationSequence) {
      try $0.put(.dimensionOrganizationUID, organization)
    }
    if isSpatial { try root.put(.dimensionOrganizationType, "3D") }
    let second: (Tag, Tag, String) =
      isSpatial
      ? (.imagePositionPatient, .planePositionSequence, "Image Position Patient")
      : (.inStackPositionNumber, .frameContentSequence, "In-Stack Position Number")
    let indices: [(Tag, Tag, String)] = [
      (.referencedSegmentNumber, .segmentIdentificationSequence, "Segment Number"), second,
    ]
    for (pointer, group, label) in indices {
      try root.append(.dimensionIndexSequence) { item in
        try item.put(.dimensionIndexPointer, pointers: [pointer])
        try item.put(.functionalGroupPointer, pointers: [group])
        try item.put(.dimensionOrganizationUID, organization)
        try item.put(.dimensionDescriptionLabel, label)
      }
    }
  }

  func putSharedGroups(to root: DatasetItem) throws {
    try root.append(.sharedFunctionalGroupsSequence) { shared in
      guard isSpatial, let first = frames.first else { return }
      try putMeasures(of: first, to: shared)
      try putOrientation(of: first, to: shared)
    }
  }

  private func putMeasures(of frame: SegmentationFrame, to shared: DatasetItem) throws {
    let source = sources[frame.source]
    let spacing = SegmentationFrame.distance(of: sources)
    try shared.append(.pixelMeasuresSequence) { item in
      func copy(_ tag: Tag) throws -> Bool {
        guard
          let holder = source.holder(of: tag, group: .pixelMeasuresSequence, frame: frame.frame)
        else { return false }
        return try item.copyDecimals(tag, from: holder)
      }
      _ = try copy(.pixelSpacing)
      // Readers build volumes from it: where the source has none, the slice distance stands in;
      // one slice alone counts as 1 mm thick, as for the volume of a finding.
      if try !copy(.sliceThickness) {
        try item.put(.sliceThickness, decimals: [spacing ?? 1])
      }
      // Measured: the source's own may be negative, or that of the series before thinning.
      if let spacing { try item.put(.spacingBetweenSlices, decimals: [spacing]) }
    }
  }

  private func putOrientation(of frame: SegmentationFrame, to shared: DatasetItem) throws {
    let tag = Tag.imageOrientationPatient
    guard
      let holder = sources[frame.source].holder(
        of: tag, group: .planeOrientationSequence, frame: frame.frame)
    else { return }
    try shared.append(.planeOrientationSequence) { try $0.copyDecimals(tag, from: holder) }
  }

  func putFrameGroups(to root: DatasetItem) throws {
    for frame in frames {
      try root.append(.perFrameFunctionalGroupsSequence) { item in
        try item.append(.frameContentSequence) { content in
          try content.put(
            .dimensionIndexValues, longs: [UInt32(frame.segment), UInt32(frame.rank)])
          guard !isSpatial else { return }
          try content.put(.stackID, "1")
          try content.put(.inStackPositionNumber, longs: [UInt32(frame.rank)])
        }
        if isSpatial { try putPosition(of: frame, to: item) }
        try item.append(.segmentIdentificationSequence) {
          try $0.put(.referencedSegmentNumber, short: frame.segment)
        }
        try putDerivation(of: frame, to: item)
      }
    }
  }

  private func putPosition(of frame: SegmentationFrame, to item: DatasetItem) throws {
    let tag = Tag.imagePositionPatient
    guard
      let holder = sources[frame.source].holder(
        of: tag, group: .planePositionSequence, frame: frame.frame)
    else { return }
    try item.append(.planePositionSequence) { try $0.copyDecimals(tag, from: holder) }
  }

  private func putDerivation(of frame: SegmentationFrame, to item: DatasetItem) throws {
    try item.append(.derivationImageSequence) { derivation in
      try derivation.append(.derivationCodeSequence, code: .segmentation)
      try derivation.append(.sourceImageSequence) { source in
        try sources[frame.source].refer(in: source, frame: frame.frame)
        try source.put(.spatialLocationsPreserved, "YES")
        try source.append(.purposeOfReferenceCodeSequence, code: .sourceImage)
      }
    }
  }
}
