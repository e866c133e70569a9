/// Attributes that are read but never written; the rest are with the writers (PS3.6).
extension Tag {
  static let gantryDetectorTilt = Tag(0x0018, 0x1120)
  static let numberOfStudyRelatedInstances = Tag(0x0020, 0x1208)
  static let numberOfSeriesRelatedInstances = Tag(0x0020, 0x1209)
  static let pixelPaddingRangeLimit = Tag(0x0028, 0x0121)
  static let lutDescriptor = Tag(0x0028, 0x3002)
  static let lutData = Tag(0x0028, 0x3006)
  static let sharedFunctionalGroups = Tag(0x5200, 0x9229)
  static let perFrameFunctionalGroups = Tag(0x5200, 0x9230)
  static let directoryRecordSequence = Tag(0x0004, 0x1220)
  static let referencedFileID = Tag(0x0004, 0x1500)
  static let pixelData = Tag(0x7FE0, 0x0010)
}

/// Of annotation objects that people make.
extension Tag {
  static let maximumFractionalValue = Tag(0x0062, 0x000E)
  static let structureSetROISequence = Tag(0x3006, 0x0020)
  static let roiNumber = Tag(0x3006, 0x0022)
  static let referencedFrameOfReferenceUID = Tag(0x3006, 0x0024)
  static let roiName = Tag(0x3006, 0x0026)
  static let roiContourSequence = Tag(0x3006, 0x0039)
  static let contourSequence = Tag(0x3006, 0x0040)
  static let contourGeometricType = Tag(0x3006, 0x0042)
  static let numberOfContourPoints = Tag(0x3006, 0x0046)
  static let contourData = Tag(0x3006, 0x0050)
  static let contourImageSequence = Tag(0x3006, 0x0016)
  static let roiObservationsSequence = Tag(0x3006, 0x0080)
  static let referencedROINumber = Tag(0x3006, 0x0084)
  static let roiIdentificationCodeSequence = Tag(0x3006, 0x0086)
}
