/// What the guard found in a file: enough to parse it and to find its pixels safely.
struct Structure {
  /// Pixel Data of the top level.
  struct PixelData {
    var offset: Int
    var valueOffset: Int
    /// Bytes of a native value.
    var length: Int
    /// OB or OW; nil in implicit encoding, where it is OW.
    var representation: String?
    /// Items of an encapsulated value, the offset table first.
    var fragments: [Range<Int>]?
  }

  var transferSyntax: UID
  var encoding: Encoding
  /// Media Storage SOP Class and Instance UID (group 0002), as written.
  var mediaStorageSOPClass: String?
  var mediaStorageSOPInstance: String?
  /// First byte of the data set; in a deflated file, of the inflated bytes.
  var dataSetOffset = 0
  /// End of the data set. Bytes after it are padding.
  var dataSetEnd = 0
  var trailingBytes = 0
  var pixelData: PixelData?
  var hasPreamble = true

  /// Where the attributes before Pixel Data end.
  var headerEnd: Int { pixelData?.offset ?? dataSetEnd }
}
