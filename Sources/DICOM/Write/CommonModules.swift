/// Modules that every derived object has: patient and study from the source, series, equipment and
/// SOP common from this program.
enum CommonModules {
  static let warning = "RESEARCH ONLY - NOT FOR CLINICAL USE"
  static let manufacturer = "Pleura"

  /// Type 2 in the Patient and General Study modules (PS3.3 C.7.1.1, C.7.2.1).
  private static let required: [Tag] = [
    .patientName, .patientID, .patientBirthDate, .patientSex, .studyDate, .studyTime,
    .referringPhysicianName, .studyID, .accessionNumber,
  ]
  private static let optional: [Tag] = [
    .specificCharacterSet, .issuerOfPatientID, .patientBirthTime, .patientAge, .patientSize,
    .patientWeight, .deidentificationMethod, .deidentificationMethodCodeSequence,
    .issuerOfAccessionNumberSequence, .studyDescription, .procedureCodeSequence,
  ]
  /// Dates, times, codes and numbers: broken ones stay out. Names and identifiers are never
  /// judged: their bytes go over as they are.
  private static let formal: Set<Tag> = [
    .patientBirthDate, .patientSex, .studyDate, .studyTime, .specificCharacterSet,
    .patientBirthTime, .patientAge, .patientSize, .patientWeight,
  ]

  static func copyPatientAndStudy(from source: SourceImage, to root: DatasetItem) throws {
    func copy(_ tag: Tag) throws -> Bool {
      guard source.root.bytes(tag) != nil || source.root.count(tag) > 0,
        !formal.contains(tag) || source.root.isValid(tag)
      else { return false }
      return try root.copy(tag, from: source.root)
    }
    for tag in optional { _ = try copy(tag) }
    for tag in required where try !copy(tag) { try root.put(tag, "") }
    // YES demands one of the two methods; without them it stays out.
    if root.has(.deidentificationMethod) || root.has(.deidentificationMethodCodeSequence) {
      try root.copy(.patientIdentityRemoved, from: source.root)
    }
    try root.put(.studyInstanceUID, source.studyInstanceUID)
  }

  static func putSeries(
    modality: String, title: String, identity: ObjectIdentity, producer: Producer,
    to root: DatasetItem
  ) throws {
    try root.put(.modality, modality)
    try root.put(.seriesInstanceUID, identity.seriesInstanceUID)
    try root.put(.seriesNumber, integer: identity.seriesNumber)
    try root.put(.seriesDate, identity.date)
    try root.put(.seriesTime, identity.time)
    try root.put(.seriesDescription, title + producer.mark + " " + warning)
    try root.put(.instanceNumber, integer: identity.instanceNumber)
  }

  /// Body parts (PS3.16 L) that forbid a Laterality; all others, unknown ones too, ask for one.
  private static let unpaired: Set<String> = [
    "ABDOMEN", "ABDOMENPELVIS", "AORTA", "BLADDER", "BRAIN", "CEREBELLUM", "CERVIX", "CHEST",
    "CHESTABDOMEN", "CHESTABDPELVIS", "CIRCLEOFWILLIS", "COCCYX", "COLON", "CORONARYARTERY",
    "CSPINE",
    "CTSPINE", "DUODENUM", "ESOPHAGUS", "FACE", "GALLBLADDER", "HEAD", "HEADNECK", "HEART", "ILEUM",
    "ILIUM", "JAW",
    "JEJUNUM", "LARYNX", "LIVER", "LSPINE", "LSSPINE", "MAXILLA", "MEDIASTINUM", "MOUTH",
    "NECK", "NECKCHEST", "NECKCHESTABDOMEN", "NECKCHESTABDPELV", "NOSE", "PANCREAS", "PELVIS",
    "PENIS", "PHARYNX", "PROSTATE", "RECTUM", "SCALP", "SKULL", "SPINE", "SPLEEN", "SSPINE",
    "STERNUM", "STOMACH", "THYMUS", "THYROID", "TLSPINE", "TONGUE", "TRACHEA", "TSPINE",
    "URETER", "URETHRA", "UTERUS", "VAGINA", "VULVA", "WHOLEBODY",
  ]

  /// Body part and side as the source has them; this program looks at chests only.
  /// Segments state their sides themselves: without `laterality` none is written.
  static func copyBodyPart(
    from source: SourceImage, laterality: Bool = true, to root: DatasetItem
  ) throws {
    guard let part = source.root.text(.bodyPartExamined), source.root.isValid(.bodyPartExamined)
    else { return try root.put(.bodyPartExamined, "CHEST") }
    try root.copy(.bodyPartExamined, from: source.root)
    guard laterality, !unpaired.contains(part) else { return }
    if ["L", "R"].contains(source.root.text(.laterality)) {
      try root.copy(.laterality, from: source.root)
    } else {
      try root.put(.laterality, "")
    }
  }

  static func putObject(
    _ sopClass: UID, identity: ObjectIdentity, to root: DatasetItem
  ) throws {
    try root.put(.sopClassUID, sopClass)
    try root.put(.sopInstanceUID, identity.sopInstanceUID)
  }

  static func putEquipment(_ producer: Producer, to root: DatasetItem) throws {
    try root.put(.manufacturer, manufacturer)
    try root.put(.manufacturerModelName, ascii(producer.algorithmName, 64))
    try root.put(.deviceSerialNumber, ascii(producer.modelDigest, 64))
    try root.put(.softwareVersions, ascii(producer.softwareVersion, 64))
    try root.append(.contributingEquipmentSequence) { item in
      try item.append(
        .purposeOfReferenceCodeSequence,
        code: CodedConcept("109102", "DCM", "Processing Equipment"))
      try item.put(.manufacturer, manufacturer)
      try item.put(.manufacturerModelName, ascii(producer.algorithmName, 64))
      try item.put(.deviceSerialNumber, ascii(producer.modelDigest, 64))
      try item.put(.softwareVersions, ascii(producer.softwareVersion, 64))
      try item.put(.contributionDescription, description(of: producer))
    }
  }

  static func description(of producer: Producer) -> String {
    ascii(
      "algorithm " + producer.algorithmName + " " + producer.algorithmVersion + producer.mark
        + "; model SHA-256 " + producer.modelDigest, 1024)
  }

  /// Referenced Series Sequence: the images by series, in order of first appearance.
  static func putReferencedSeries(
    _ sources: [SourceImage], instances: Tag, to root: DatasetItem
  ) throws {
    var order: [UID] = []
    for source in sources where !order.contains(source.seriesInstanceUID) {
      order.append(source.seriesInstanceUID)
    }
    for series in order {
      try root.append(.referencedSeriesSequence) { item in
        try item.put(.seriesInstanceUID, series)
        for source in sources where source.seriesInstanceUID == series {
          try item.append(instances) { try source.refer(in: $0) }
        }
      }
    }
  }

  /// Printable ASCII without the separator of values: valid in every character set that the
  /// source may declare.
  static func ascii(_ text: String, _ limit: Int) -> String {
    let bytes = text.unicodeScalars.map { scalar -> UInt8 in
      scalar.value >= 32 && scalar.value < 127 && scalar != "\\" ? UInt8(scalar.value) : 63
    }
    return String(decoding: bytes.prefix(limit), as: UTF8.self)
  }
}
