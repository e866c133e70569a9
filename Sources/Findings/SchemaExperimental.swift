/// Migration 2: findings say whether their model calls its scores experimental.
extension Schema {
  /// Null in rows that were made before: not stated.
  static let experimentalFindings =
    "ALTER TABLE finding ADD COLUMN experimental INTEGER CHECK (experimental IN (0, 1))"

  /// Those of migration 1 with `experimental` behind their other columns.
  static let viewsWithExperimental = """
    CREATE VIEW latestFinding AS
      SELECT finding.id, finding.studyID, study.studyInstanceUID, study.patientID,
        study.accessionNumber, study.studyDate, study.modality,
        series.seriesInstanceUID, finding.sopInstanceUID, finding.label, finding.codeValue,
        finding.codingScheme, finding.codeMeaning, finding.probability, finding.calibrated,
        finding.threshold, finding.positive, finding.side, finding.areaMM2, finding.volumeML,
        finding.sizeShare, finding.lungQualityFlags, finding.method,
        model.name AS modelName, model.version AS modelVersion, finding.runID, run.finishedAt,
        finding.experimental
      FROM finding
        JOIN run ON run.id = finding.runID
        JOIN study ON study.id = finding.studyID
        JOIN model ON model.id = run.modelID
        LEFT JOIN series ON series.id = finding.seriesID
      WHERE run.state = 'finished' AND run.supersededByRunID IS NULL;
    CREATE VIEW worklist AS
      SELECT study.id AS studyID, study.studyInstanceUID, study.patientID,
        study.accessionNumber, study.studyDate, study.modality, study.state,
        study.failureCode, study.priority, study.priorityReason, study.firstSeenAt,
        top.label, max(top.probability) AS probability, top.side, top.areaMM2, top.volumeML,
        top.positive, top.experimental
      FROM study LEFT JOIN latestFinding AS top ON top.studyID = study.id
      WHERE study.readAt IS NULL AND study.state <> 'skipped'
      GROUP BY study.id
      ORDER BY CASE study.priority WHEN 'STAT' THEN 0 WHEN 'HIGH' THEN 1 ELSE 2 END,
        study.firstSeenAt, study.studyInstanceUID;
    """
}
