extension DICOMError {
  /// Stable names: they are stored, counted and documented (docs/conformance.md).
  package enum Code: String, Sendable, Hashable, CaseIterable, Codable {
    case unreadableFile = "unreadable-file"
    case emptyFile = "empty-file"
    case fileTooLarge = "file-too-large"
    case notDICOM = "not-dicom"
    case truncated
    case malformed
    case nestingTooDeep = "nesting-too-deep"
    case inflatedSizeExceedsLimit = "inflated-size-exceeds-limit"
    case decodedSizeExceedsLimit = "decoded-size-exceeds-limit"
    case pixelDataTooShort = "pixel-data-too-short"
    case unsupportedTransferSyntax = "unsupported-transfer-syntax"
    case unsupportedPixelFormat = "unsupported-pixel-format"
    case missingAttribute = "missing-attribute"
    case invalidAttribute = "invalid-attribute"
    case invalidUID = "invalid-uid"
    case noPixelData = "no-pixel-data"
    case mediaDirectory = "media-directory"
    case corruptPixelData = "corrupt-pixel-data"
    case frameOutOfRange = "frame-out-of-range"
    case missingGeometry = "missing-geometry"
    case mixedGeometry = "mixed-geometry"
    case mixedSeries = "mixed-series"
    case notARadiograph = "not-a-radiograph"
    case notComputedTomography = "not-computed-tomography"
    case changedFile = "changed-file"
    case dictionaryMissing = "dictionary-missing"
    case writeFailed = "write-failed"
    case outOfMemory = "out-of-memory"
    case internalFailure = "internal-failure"

    /// What a person can do about it.
    package var advice: String {
      switch self {
      case .unreadableFile: "check that the file exists and that this user may read it"
      case .emptyFile: "send the file again: it has no bytes"
      case .fileTooLarge: "split the object, or raise the file size limit"
      case .notDICOM: "remove the file: it is not a DICOM object"
      case .truncated: "send the file again: it ends before its declared lengths do"
      case .malformed: "export the object again: its structure cannot be parsed"
      case .nestingTooDeep: "refuse the sender: no genuine object nests sequences this deep"
      case .inflatedSizeExceedsLimit: "refuse the sender, or export without deflate"
      case .decodedSizeExceedsLimit: "split the object: its decoded pixels exceed the limit"
      case .pixelDataTooShort: "send the file again: fewer pixels than rows and columns declare"
      case .unsupportedTransferSyntax: "export in explicit VR little endian or JPEG lossless"
      case .unsupportedPixelFormat: "export as single-channel MONOCHROME1 or MONOCHROME2"
      case .missingAttribute: "export again with the named attribute filled in"
      case .invalidAttribute: "export again with a valid value of the named attribute"
      case .invalidUID: "export again: the named identifier breaks the grammar of PS3.5 9.1"
      case .noPixelData: "nothing to do: the object holds no image"
      case .mediaDirectory: "give the files that this DICOMDIR lists"
      case .corruptPixelData: "send the file again: its compressed pixels are damaged"
      case .frameOutOfRange: "ask for a frame that the object has"
      case .missingGeometry: "export with Image Position, Orientation and Pixel Spacing"
      case .mixedGeometry: "score the stacks of this series one by one"
      case .mixedSeries: "give the slices of one series only"
      case .notARadiograph: "give a CR, DX or chest film object"
      case .notComputedTomography: "give a CT or Enhanced CT object"
      case .changedFile: "run again: the file changed between reading and decoding"
      case .dictionaryMissing: "install libdcmtk17: its data dictionary is not there"
      case .writeFailed: "check free space and write permission of the output folder"
      case .outOfMemory: "give this process more memory, or score fewer studies at once"
      case .internalFailure: "report this file's code and transfer syntax to the developers"
      }
    }
  }
}
