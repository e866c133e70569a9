import GRDB

extension FindingsStore {
  /// The content of the store without times and row ids, one line a row, sorted: two stores that
  /// hold the same results have the same lines, whatever stops and restarts lay between.
  ///
  /// Files of equal bytes stand together, since which of two copies counts as the original depends
  /// on which was seen first. The event log is left out: it tells the way, not the result.
  /// Holds patient data.
  package func canonicalLines() throws -> [String] {
    try read { db in
      try Self.queries.flatMap { table, sql in
        try Row.fetchAll(db, sql: sql).map { row in
          var fields = CanonicalEncoding()
          fields.add(row)
          return table + " " + String(decoding: fields.bytes, as: UTF8.self)
        }.sorted()
      }
    }
  }

  /// SHA-256 over `canonicalLines()`.
  package func canonicalDigest() throws -> String {
    var fields = CanonicalEncoding()
    for line in try canonicalLines() { fields.add(line) }
    return fields.digest
  }

  private static let queries: [(table: String, sql: String)] = [
    (
      "file",
      """
      SELECT sha256, group_concat(path, char(10)) AS paths, min(sopInstanceUID),
        group_concat(state, ' ') AS states, min(reason), max(reason), min(place), max(place)
      FROM (SELECT file.*, coalesce(sha256, path) AS bytes FROM file ORDER BY path)
      GROUP BY bytes HAVING count(*) = 1
      """
    ),
    (
      "file",
      """
      SELECT bytes, (SELECT group_concat(path, char(10)) FROM
          (SELECT path FROM file AS f WHERE coalesce(f.sha256, f.path) = bytes ORDER BY path)),
        (SELECT group_concat(state, ' ') FROM
          (SELECT state FROM file AS f WHERE coalesce(f.sha256, f.path) = bytes ORDER BY state))
      FROM (SELECT coalesce(sha256, path) AS bytes FROM file) GROUP BY bytes HAVING count(*) > 1
      """
    ),
    (
      "study",
      """
      SELECT studyInstanceUID, patientID, accessionNumber, studyDate, modality,
        expectedInstances, state, failureCode, priority, priorityReason FROM study
      """
    ),
    (
      "instance",
      """
      SELECT studyInstanceUID, seriesInstanceUID, series.modality, sopInstanceUID, sopClassUID,
        sha256, byteCount, rowCount, columnCount, frameCount
      FROM instance JOIN series ON series.id = seriesID JOIN study ON study.id = studyID
      """
    ),
    (
      "run",
      """
      SELECT run.workKey, studyInstanceUID, model.name, model.version, model.digest, run.planVersion,
        run.inputDigest, run.state, run.failureCode, run.failurePlace, later.workKey
      FROM run JOIN study ON study.id = run.studyID JOIN model ON model.id = run.modelID
        LEFT JOIN run AS later ON later.id = run.supersededByRunID
      """
    ),
    (
      "runInstance",
      """
      SELECT workKey, sopInstanceUID FROM runInstance JOIN run ON run.id = runID
        JOIN instance ON instance.id = instanceID
      """
    ),
    (
      "finding",
      """
      SELECT workKey, findingIndex, label, probability, digest
      FROM finding JOIN run ON run.id = runID
      """
    ),
    (
      "outputObject",
      """
      SELECT run.workKey, findingIndex, kind, outputObject.sopInstanceUID, path, sha256, byteCount
      FROM outputObject JOIN run ON run.id = outputObject.runID
        LEFT JOIN finding ON finding.id = findingID
      """
    ),
  ]
}
