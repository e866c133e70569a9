import GRDB

/// Writing and digesting the rows of a finding.
extension FindingsStore {
  static func insert(
    _ db: Database, _ finding: FindingDraft, at index: Int, run: Int64, study: Int64
  ) throws {
    let series = try finding.seriesInstanceUID.flatMap { uid in
      try Int64.fetchOne(
        db, sql: "SELECT id FROM series WHERE studyID = ? AND seriesInstanceUID = ?",
        arguments: [study, uid])
    }
    try db.execute(
      sql: """
        INSERT INTO finding (runID, studyID, seriesID, findingIndex, label, codeValue,
          codingScheme, codeMeaning, sopInstanceUID, probability, calibrated, threshold, positive,
          side, areaMM2, volumeML, sizeShare, lungQualityFlags, method, experimental,
          digest)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')
        """,
      arguments: [
        run, study, series, index, finding.label, finding.codeValue, finding.codingScheme,
        finding.codeMeaning, finding.sopInstanceUID, finding.probability, finding.isCalibrated,
        finding.threshold, finding.isPositive, finding.side?.rawValue, finding.areaMM2,
        finding.volumeML, finding.sizeShare,
        finding.lungQualityFlags.sorted().joined(separator: ","),
        finding.method, finding.isExperimental,
      ])
    let id = db.lastInsertedRowID
    for (number, region) in finding.regions.enumerated() {
      try insert(db, region, at: number, finding: id)
    }
    for output in finding.outputs { try insert(db, output, run: run, finding: id) }
    try db.execute(
      sql: "UPDATE finding SET digest = ? WHERE id = ?",
      arguments: [try digest(db, finding: id), id])
  }

  private static func insert(
    _ db: Database, _ region: FindingRegion, at index: Int, finding: Int64
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO region (findingID, regionIndex, side, areaPixels, areaMM2, volumeML,
          boxColumn, boxRow, boxWidth, boxHeight, centroidColumn, centroidRow, centroidX,
          centroidY, centroidZ, peak, mean, sopInstanceUID, firstFrame, lastFrame, diameterMM,
          lungShare)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        finding, index, region.side?.rawValue, region.areaPixels, region.areaMM2,
        region.volumeML, region.boxColumn, region.boxRow, region.boxWidth, region.boxHeight,
        region.centroidColumn, region.centroidRow, region.centroid?.x, region.centroid?.y,
        region.centroid?.z, region.peak, region.mean, region.sopInstanceUID, region.firstFrame,
        region.lastFrame, region.diameterMM, region.lungShare,
      ])
  }

  static func insert(
    _ db: Database, _ output: OutputObject, run: Int64, finding: Int64?
  ) throws {
    try db.execute(
      sql: """
        INSERT INTO outputObject (runID, findingID, kind, sopInstanceUID, path, sha256, byteCount)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        run, finding, output.kind.rawValue, output.sopInstanceUID, output.path, output.sha256,
        output.byteCount,
      ])
  }

  /// SHA-256 over the columns of a finding and its regions, with the work key and study UID in
  /// the place of row ids: `integrity_check` does not see a changed byte, this does.
  static func digest(_ db: Database, finding id: Int64) throws -> String {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT run.workKey, study.studyInstanceUID, series.seriesInstanceUID, finding.findingIndex,
          finding.label, finding.codeValue, finding.codingScheme, finding.codeMeaning,
          finding.sopInstanceUID, finding.probability, finding.calibrated, finding.threshold,
          finding.positive, finding.side, finding.areaMM2, finding.volumeML, finding.sizeShare,
          finding.lungQualityFlags, finding.method
        FROM finding JOIN run ON run.id = finding.runID JOIN study ON study.id = finding.studyID
          LEFT JOIN series ON series.id = finding.seriesID WHERE finding.id = ?
        """, arguments: [id])
    guard let row else { throw StoreError(.unknownRow, at: "finding") }
    var fields = CanonicalEncoding()
    fields.add(row)
    let regions = try Row.fetchAll(
      db,
      sql: """
        SELECT regionIndex, side, areaPixels, areaMM2, volumeML, boxColumn, boxRow, boxWidth,
          boxHeight, centroidColumn, centroidRow, centroidX, centroidY, centroidZ, peak, mean,
          sopInstanceUID, firstFrame, lastFrame
        FROM region WHERE findingID = ? ORDER BY regionIndex
        """, arguments: [id])
    for region in regions { fields.add(region) }
    // Added where it is stated alone: digests of rows from before the column stay what they were.
    // By `*`: a store that is only read may not have the column yet.
    let all = try Row.fetchOne(db, sql: "SELECT * FROM finding WHERE id = ?", arguments: [id])
    if let all {
      let experimental: Int64? = all["experimental"]
      if let experimental { fields.add(experimental) }
    }
    let measures = try Row.fetchAll(
      db, sql: "SELECT * FROM region WHERE findingID = ? ORDER BY regionIndex", arguments: [id])
    for region in measures {
      for column in ["diameterMM", "lungShare"] {
        let value: Double? = region[column]
        if let value { fields.add(value) }
      }
    }
    return fields.digest
  }
}

extension CanonicalEncoding {
  /// All columns of a row in their order.
  mutating func add(_ row: Row) {
    for (_, value) in row {
      switch value.storage {
      case .null: add(String?.none)
      case .int64(let number): add(number)
      case .double(let number): add(number)
      case .string(let text): add(text)
      case .blob(let data): add(String(decoding: data, as: UTF8.self))
      }
    }
  }
}
