/// How a presentation state shows its images: area, modality transform, window and polarity
/// (PS3.3 C.10.4, C.11.1, C.11.8, C.11.6).
struct PresentationDisplay {
  let images: [SourceImage]
  let window: DisplayWindow?

  func put(to root: DatasetItem) throws {
    try putAreas(to: root)
    try putModalityTransform(to: root)
    try putVOI(to: root)
    try putPolarity(to: root)
  }

  /// One item for each size of image.
  private func putAreas(to root: DatasetItem) throws {
    var done: Set<[Int]> = []
    for image in images where done.insert([image.rows, image.columns]).inserted {
      let alike = images.filter { $0.rows == image.rows && $0.columns == image.columns }
      try root.append(.displayedAreaSelectionSequence) { item in
        for one in alike { try item.append(.referencedImageSequence) { try one.refer(in: $0) } }
        // Whole pixels, counted from 1.
        try item.put(.displayedAreaTopLeftHandCorner, signedLongs: [1, 1])
        try item.put(
          .displayedAreaBottomRightHandCorner,
          signedLongs: [Int32(image.columns), Int32(image.rows)])
        try item.put(.presentationSizeMode, "SCALE TO FIT")
        try putAspect(of: image, to: item)
      }
    }
  }

  private func putAspect(of image: SourceImage, to item: DatasetItem) throws {
    for tag in [Tag.pixelSpacing, .imagerPixelSpacing] {
      guard let holder = image.holder(of: tag, group: .pixelMeasuresSequence, frame: 0),
        let row = holder.number(tag, 0), let column = holder.number(tag, 1), row > 0, column > 0
      else { continue }
      return try item.put(.presentationPixelSpacing, decimals: [row, column])
    }
    if image.root.text(.pixelAspectRatio) != nil {
      let vertical = image.root.number(.pixelAspectRatio, 0) ?? 1
      let horizontal = image.root.number(.pixelAspectRatio, 1) ?? 1
      if vertical >= 1 && horizontal >= 1 {
        return try item.put(
          .presentationPixelAspectRatio, "\(Int(vertical))\\\(Int(horizontal))")
      }
    }
    try item.put(.presentationPixelAspectRatio, "1\\1")
  }

  /// Indices of images by what one presentation state can show together, in order of first
  /// appearance: it holds one modality transform and one polarity. An image with a modality lookup
  /// table is alone.
  static func groups(of images: [SourceImage]) -> [[Int]] {
    struct Key: Hashable {
      let rescale: [Double]
      let polarity: String
      let table: Int?
    }
    var order: [Key] = []
    var members: [Key: [Int]] = [:]
    for (index, image) in images.enumerated() {
      let hasTable = image.root.count(.modalityLUTSequence) > 0
      let key = Key(
        rescale: rescale(of: image), polarity: image.root.text(.photometricInterpretation) ?? "",
        table: hasTable ? index : nil)
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(index)
    }
    return order.compactMap { members[$0] }
  }

  private static func rescale(of image: SourceImage) -> [Double] {
    [Tag.rescaleSlope, .rescaleIntercept].compactMap { tag in
      image.holder(of: tag, group: .pixelValueTransformationSequence, frame: 0)?.number(tag)
    }
  }

  private func putModalityTransform(to root: DatasetItem) throws {
    let first = images[0]
    if first.root.count(.modalityLUTSequence) > 0 {
      guard images.count == 1 else {
        throw DICOMError(
          .invalidAttribute, at: .attribute(.modalityLUTSequence), valueClass: .inconsistent)
      }
      try root.copy(.modalityLUTSequence, from: first.root)
      return
    }
    let values = Self.rescale(of: first)
    guard images.allSatisfy({ Self.rescale(of: $0) == values }) else {
      throw DICOMError(
        .invalidAttribute, at: .attribute(.rescaleSlope), valueClass: .inconsistent)
    }
    guard values.count == 2 else { return }
    let group = Tag.pixelValueTransformationSequence
    for tag in [Tag.rescaleIntercept, .rescaleSlope] {
      if let holder = first.holder(of: tag, group: group, frame: 0) {
        try root.copyDecimals(tag, from: holder)
      }
    }
    if let holder = first.holder(of: .rescaleType, group: group, frame: 0) {
      try root.copy(.rescaleType, from: holder)
    } else {
      try root.put(.rescaleType, first.root.text(.modality) == "CT" ? "HU" : "US")
    }
  }

  /// The given window for all images, or one item for each window or lookup table of theirs.
  private func putVOI(to root: DatasetItem) throws {
    if let window {
      try root.append(.softcopyVOILUTSequence) { item in
        try item.put(.windowCenter, decimals: [window.center])
        try item.put(.windowWidth, decimals: [max(1, window.width)])
      }
      return
    }
    var order: [[Double]] = []
    var byWindow: [[Double]: [SourceImage]] = [:]
    for image in images {
      if image.root.count(.voiLUTSequence) > 0 {
        try root.append(.softcopyVOILUTSequence) { item in
          try item.append(.referencedImageSequence) { try image.refer(in: $0) }
          try item.copy(.voiLUTSequence, from: image.root)
        }
      } else if let values = firstWindow(of: image) {
        if byWindow[values] == nil { order.append(values) }
        byWindow[values, default: []].append(image)
      }
    }
    for values in order {
      try root.append(.softcopyVOILUTSequence) { item in
        for image in byWindow[values] ?? [] {
          try item.append(.referencedImageSequence) { try image.refer(in: $0) }
        }
        try item.put(.windowCenter, decimals: [values[0]])
        try item.put(.windowWidth, decimals: [values[1]])
      }
    }
  }

  private func firstWindow(of image: SourceImage) -> [Double]? {
    let group = Tag.frameVOILUTSequence
    guard
      let center = image.holder(of: .windowCenter, group: group, frame: 0)?.number(.windowCenter),
      let width = image.holder(of: .windowWidth, group: group, frame: 0)?.number(.windowWidth),
      width >= 1
    else { return nil }
    return [center, width]
  }

  /// A presentation state starts from the stored values and ignores the photometric interpretation
  /// of its images: MONOCHROME1 has to be turned here.
  private func putPolarity(to root: DatasetItem) throws {
    let kinds = Set(images.map { $0.root.text(.photometricInterpretation) ?? "" })
    switch kinds {
    case ["MONOCHROME1"]: try root.put(.presentationLUTShape, "INVERSE")
    case ["MONOCHROME2"]: try root.put(.presentationLUTShape, "IDENTITY")
    default:
      throw DICOMError(
        .unsupportedPixelFormat, at: .attribute(.photometricInterpretation),
        valueClass: .inconsistent)
    }
  }
}
