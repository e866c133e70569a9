/// Opens a file for its header.
enum DICOMFile {
  /// Parses the attributes before Pixel Data.
  static func header(_ structure: Structure, _ source: ByteSource) throws(DICOMError) -> DataSet {
    let bytes = try source.load(
      at: structure.dataSetOffset, structure.headerEnd - structure.dataSetOffset)
    return try DataSet(bytes, syntax: plainSyntax(structure.encoding))
  }

  /// The header of an encapsulated object is written like that of a native one.
  private static func plainSyntax(_ encoding: Encoding) -> UID {
    if !encoding.isExplicit { return TransferSyntax.implicitLittleEndian }
    return encoding.isBigEndian
      ? TransferSyntax.explicitBigEndian : TransferSyntax.explicitLittleEndian
  }

  static func read(path: String, limits: Limits) throws(DICOMError) -> Instance {
    let source = try ByteSource(path: path)
    let admitted = try Guard(limits: limits).admit(source)
    let dataSet = try header(admitted.structure, admitted.dataSet)
    let parser = InstanceParser(
      structure: admitted.structure, dataSet: dataSet, limits: limits)
    return try parser.instance(
      path: path, sha256: try source.sha256(), byteCount: source.count)
  }
}
