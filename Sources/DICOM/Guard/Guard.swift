/// Looks at the structure of a file before DCMTK sees any of its bytes.
struct Guard {
  let limits: Limits

  /// A file that may be parsed: its structure, and where its data set is read from (the inflated
  /// bytes of a deflated file).
  struct Admitted {
    let structure: Structure
    let dataSet: ByteSource
  }

  /// - Throws: `emptyFile`, `fileTooLarge`, `notDICOM`, `truncated`, `malformed`, `nestingTooDeep`,
  ///   `inflatedSizeExceedsLimit`, `unsupportedTransferSyntax`, `invalidUID`.
  func admit(_ source: ByteSource) throws(DICOMError) -> Admitted {
    guard source.count <= limits.fileBytes else {
      throw DICOMError(.fileTooLarge, valueClass: .outOfRange)
    }
    let meta = try FileMeta(of: source)
    var dataSet = source
    var offset = meta.dataSetOffset
    if meta.transferSyntax == TransferSyntax.deflatedExplicitLittleEndian.value {
      let deflated = try source.load(at: offset, source.count - offset)
      dataSet = ByteSource(
        try Inflate.bounded(deflated[...], limit: limits.inflatedLimit(for: deflated.count)))
      offset = 0
    }
    let first = try dataSet.bytes(at: offset, 8)
    let (syntax, encoding) = try encoding(of: meta, first)
    var scan = StructureScan(dataSet, encoding: encoding, limits: limits)
    try scan.run(from: offset)
    var structure = Structure(transferSyntax: syntax, encoding: encoding)
    structure.mediaStorageSOPClass = meta.values[0x0002]
    structure.mediaStorageSOPInstance = meta.values[0x0003]
    structure.dataSetOffset = offset
    structure.dataSetEnd = scan.end
    structure.trailingBytes = dataSet.count - scan.end
    structure.pixelData = scan.pixelData
    structure.hasPreamble = meta.hasPreamble
    guard structure.headerEnd - offset <= limits.headerBytes else {
      throw DICOMError(.fileTooLarge, valueClass: .outOfRange)
    }
    return Admitted(structure: structure, dataSet: dataSet)
  }

  /// What the data set is written in: as declared where its first element agrees, else as seen.
  private func encoding(of meta: FileMeta, _ first: ArraySlice<UInt8>) throws(DICOMError) -> (
    UID, Encoding
  ) {
    let place = DICOMError.Place.attribute(Tag(0x0002, 0x0010))
    guard !first.isEmpty else { throw DICOMError(.truncated, at: place, valueClass: .tooShort) }
    let seen = Encoding.detected(in: first)
    guard let declared = meta.transferSyntax, !declared.isEmpty else {
      guard let seen else { throw DICOMError(.notDICOM) }
      return (Self.plain(seen), seen)
    }
    let uid = try UID(validating: declared, tag: Tag(0x0002, 0x0010))
    guard declared.hasPrefix("1.2.840.10008.1.2") else {
      throw DICOMError(.unsupportedTransferSyntax, at: place, valueClass: .unknown)
    }
    switch uid {
    case TransferSyntax.implicitLittleEndian:
      return seen.map { (Self.plain($0), $0) } ?? (uid, .implicitLittle)
    case TransferSyntax.explicitLittleEndian, TransferSyntax.explicitBigEndian:
      let declared: Encoding =
        uid == TransferSyntax.explicitBigEndian ? .explicitBig : .explicitLittle
      return seen.map { (Self.plain($0), $0) } ?? (uid, declared)
    default:
      return (uid, seen ?? .explicitLittle)
    }
  }

  private static func plain(_ encoding: Encoding) -> UID {
    if !encoding.isExplicit { return TransferSyntax.implicitLittleEndian }
    return encoding.isBigEndian
      ? TransferSyntax.explicitBigEndian : TransferSyntax.explicitLittleEndian
  }
}
