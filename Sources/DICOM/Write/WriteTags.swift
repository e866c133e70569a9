/// The attributes that are written, by keyword (PS3.6).
extension Tag {
  static let specificCharacterSet = Tag(0x0008, 0x0005)
  static let codeValue = Tag(0x0008, 0x0100)
  static let codingSchemeDesignator = Tag(0x0008, 0x0102)
  static let codeMeaning = Tag(0x0008, 0x0104)
}
