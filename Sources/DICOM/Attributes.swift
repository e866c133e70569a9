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
