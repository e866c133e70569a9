import CDCMTK

extension GrayscalePresentationState {
  private static let layer = "AI_FINDINGS"

  /// Indices of sources that one presentation state can show together, in order of first
  /// appearance: those of one modality transform and polarity.
  package static func groups(of sources: [Sensitive<String>]) throws -> [[Int]] {
    PresentationDisplay.groups(of: try SourceImage.open(sources))
  }

  /// Writes the object: temporary name in the same folder, fsync, rename.
  /// - Throws: `DICOMError`: `frameOutOfRange` for an annotation of a frame that is not there,
  ///   `invalidAttribute` when the sources differ in their modality transform (one presentation
  ///   state holds one), `unsupportedPixelFormat` for colour, `writeFailed`.
  package func write(to path: String) throws {
    let images = try SourceImage.open(sources)
    for annotation in annotations {
      guard images.indices.contains(annotation.source), annotation.frame >= 0,
        annotation.frame < images[annotation.source].numberOfFrames
      else { throw DICOMError(.frameOutOfRange, at: .frame(annotation.frame)) }
    }
    let display = PresentationDisplay(images: images, window: window)
    let dataset = try Dataset()
    let root = dataset.root
    try CommonModules.copyPatientAndStudy(from: images[0], to: root)
    try CommonModules.putObject(
      SOPClass.grayscalePresentationState, identity: identity, to: root)
    try CommonModules.putSeries(
      modality: "PR", title: "Outlines", identity: identity, producer: producer, to: root)
    try CommonModules.copyBodyPart(from: images[0], to: root)
    try CommonModules.putEquipment(producer, to: root)
    try root.put(.presentationCreationDate, identity.date)
    try root.put(.presentationCreationTime, identity.time)
    try root.put(.contentLabel, Self.layer)
    try root.put(.contentDescription, "Outlines\(producer.mark). " + CommonModules.warning)
    try root.put(.contentCreatorName, "Pleura^AI")
    try CommonModules.putReferencedSeries(images, instances: .referencedImageSequence, to: root)
    try display.put(to: root)
    try putAnnotations(images, to: root)
    try dataset.save(to: path, syntax: .explicitLittleEndian)
  }

  private func putAnnotations(_ images: [SourceImage], to root: DatasetItem) throws {
    let shown = annotations.filter { !$0.outlines.isEmpty || !$0.notes.isEmpty }
    guard !shown.isEmpty else { return }
    for annotation in shown {
      let image = images[annotation.source]
      try root.append(.graphicAnnotationSequence) { item in
        try item.append(.referencedImageSequence) {
          try image.refer(in: $0, frame: annotation.frame)
        }
        try item.put(.graphicLayer, Self.layer)
        for note in annotation.notes { try put(note, of: image, to: item) }
        for outline in annotation.outlines { try put(outline, of: image, to: item) }
      }
    }
    try root.append(.graphicLayerSequence) { item in
      try item.put(.graphicLayer, Self.layer)
      try item.put(.graphicLayerOrder, integer: 1)
      try item.put(.graphicLayerDescription, "Findings of an algorithm\(producer.mark)")
      // Yellow in PCS values of CIELab (PS3.3 C.10.7.1.1).
      try item.put(.graphicLayerRecommendedDisplayCIELabValue, short: [63653, 27370, 57182])
    }
  }

  private func put(_ note: Note, of image: SourceImage, to item: DatasetItem) throws {
    try item.append(.textObjectSequence) { text in
      try text.put(.anchorPointAnnotationUnits, "PIXEL")
      try text.put(.unformattedTextValue, CommonModules.ascii(note.text, 1024))
      try text.put(.anchorPoint, floats: Self.coordinates([note.anchor], in: image))
      try text.put(.anchorPointVisibility, "Y")
    }
  }

  private func put(_ outline: [Point], of image: SourceImage, to item: DatasetItem) throws {
    guard outline.count > 1 else { return }
    for piece in Self.pieces(of: outline) {
      try item.append(.graphicObjectSequence) { graphic in
        try graphic.put(.graphicAnnotationUnits, "PIXEL")
        try graphic.put(.graphicDimensions, short: 2)
        try graphic.put(.numberOfGraphicPoints, short: piece.count)
        try graphic.put(.graphicData, floats: Self.coordinates(piece, in: image))
        try graphic.put(.graphicType, "POLYLINE")
        try graphic.put(.graphicFilled, "N")
      }
    }
  }

  /// Column and row of each point with the origin at the outer corner of the first pixel
  /// (PS3.3 C.10.5.1.2): the centre of that pixel is (0.5, 0.5). Kept within the image.
  static func coordinates(_ points: [Point], in image: SourceImage) -> [Float] {
    points.flatMap { point in
      [
        Float(min(max(point.column + 0.5, 0), Double(image.columns))),
        Float(min(max(point.row + 0.5, 0), Double(image.rows))),
      ]
    }
  }

  /// An FL value of explicit VR ends at 65,534 bytes: 8,191 points. Longer outlines are drawn in
  /// pieces that share their end points.
  static func pieces(of outline: [Point], limit: Int = 8191) -> [[Point]] {
    stride(from: 0, to: outline.count - 1, by: limit - 1).map { start in
      Array(outline[start..<min(start + limit, outline.count)])
    }
  }
}
