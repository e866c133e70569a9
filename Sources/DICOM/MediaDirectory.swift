/// The directory file of interchange media (PS3.3 F, PS3.10 8).
package enum MediaDirectory {
  /// Paths of the files that a DICOMDIR references, relative to its folder, in record order; nil
  /// when the file is no DICOMDIR. A file ID with a component other than letters, digits, hyphen, period and
  /// underscore is left out, and so is one with `..`: it could lead outside the folder (PS3.10 8.2
  /// allows upper case, digits and underscore).
  /// - Throws: the errors of `InstanceReader.read`.
  package static func referencedFiles(path: String, limits: Limits = Limits()) throws -> [String]? {
    let admitted = try Guard(limits: limits).admit(try ByteSource(path: path))
    let dataSet = try DICOMFile.header(admitted.structure, admitted.dataSet)
    let count = dataSet.itemCount(.directoryRecordSequence)
    let isDirectory = admitted.structure.mediaStorageSOPClass == SOPClass.mediaDirectory.value
    guard count > 0 || isDirectory else { return nil }
    return (0..<count).compactMap { index in
      let step = DataSet.Step(sequence: .directoryRecordSequence, item: index)
      let parts = dataSet.texts(.referencedFileID, in: [step])
      guard !parts.isEmpty, parts.allSatisfy(isFileIDComponent) else { return nil }
      return parts.joined(separator: "/")
    }
  }

  /// Lower case and a period occur in the wild; a lone or double period must not.
  private static func isFileIDComponent(_ text: String) -> Bool {
    guard !text.isEmpty, text != ".", text != ".." else { return false }
    return text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == 0x5F || byte == 0x2D || byte == 0x2E
    }
  }
}
