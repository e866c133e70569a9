import CDCMTK

/// An owned DICOM data set under construction, or one read from a file. Not Sendable: one caller.
final class Dataset {
  let handle: OpaquePointer

  /// An empty data set.
  init() throws {
    guard let made = cdw_create() else { throw DICOMError(.internalFailure) }
    handle = made
  }

  /// A whole file with its pixels, after the guard has looked at it.
  init(reading path: Sensitive<String>) throws {
    _ = try Guard(limits: Limits()).admit(ByteSource(path: path.value))
    var status: Int32 = 0
    guard let opened = cdw_open(path.value, &status) else {
      throw DICOMError(Self.code(status))
    }
    handle = opened
  }

  /// What stands before the pixel data of a file, after the guard has looked at it.
  init(headerOf path: Sensitive<String>) throws {
    let source = try ByteSource(path: path.value)
    let admitted = try Guard(limits: Limits()).admit(source)
    let structure = admitted.structure
    let bytes = try admitted.dataSet.load(
      at: structure.dataSetOffset, structure.headerEnd - structure.dataSetOffset)
    var syntax = OutputSyntax.implicitLittleEndian
    if structure.encoding.isExplicit {
      syntax = structure.encoding.isBigEndian ? .explicitBigEndian : .explicitLittleEndian
    }
    var status: Int32 = 0
    guard let opened = cdw_parse(bytes, bytes.count, syntax.rawValue, &status) else {
      throw DICOMError(Self.code(status))
    }
    handle = opened
  }

  deinit { cdw_close(handle) }

  /// The outermost level.
  var root: DatasetItem { DatasetItem(handle: cdw_root(handle), owner: self) }

  /// Saves under a temporary name, then renames.
  func save(to path: String, syntax: OutputSyntax) throws {
    try Self.check(cdw_save(handle, path, syntax.rawValue))
  }

  static func check(_ status: Int32, _ tag: Tag? = nil) throws {
    guard status != CDW_OK else { return }
    throw DICOMError(code(status), at: tag.map { .attribute($0) } ?? .file)
  }

  private static func code(_ status: Int32) -> DICOMError.Code {
    switch Int(status) {
    case CDW_NOT_FOUND: .unreadableFile
    case CDW_UNREADABLE: .malformed
    case CDW_BAD_VALUE: .invalidAttribute
    case CDW_CANNOT_ENCODE: .unsupportedPixelFormat
    case CDW_CANNOT_WRITE: .writeFailed
    case CDW_NO_MEMORY: .outOfMemory
    case CDW_NO_DICTIONARY: .dictionaryMissing
    default: .internalFailure
    }
  }
}
