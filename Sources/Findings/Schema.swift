import GRDB

/// The tables of the store. Columns are documented for people in `docs/store.md`.
///
/// Migrations after `oldestReadable` only add columns that may be null, so that a store which
/// nobody has written to since can still be read.
///
/// Times are UTC text, `yyyy-MM-dd HH:mm:ss.SSS`. Migrations are only ever added; a released one
/// never changes.
enum Schema {
  /// `PRAGMA application_id`: "PLRA".
  static let applicationID = 0x504C_5241
  static let oldestReadable = "1"

  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.execute(sql: studyTables)
      try db.execute(sql: resultTables)
      try db.execute(sql: eventTable)
      try db.execute(sql: views)
      try db.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
    migrator.registerMigration("2") { db in
      try db.execute(sql: experimentalFindings)
      try db.execute(sql: "DROP VIEW worklist; DROP VIEW latestFinding")
      try db.execute(sql: viewsWithExperimental)
    }
    migrator.registerMigration("3") { db in
      try db.execute(
        sql: """
          ALTER TABLE region ADD COLUMN diameterMM REAL;
          ALTER TABLE region ADD COLUMN lungShare REAL;
          """)
    }
    return migrator
  }

  private static let studyTables = """
    CREATE TABLE study (
      id INTEGER PRIMARY KEY, studyInstanceUID TEXT NOT NULL UNIQUE,
      patientID TEXT NOT NULL, accessionNumber TEXT NOT NULL, studyDate TEXT NOT NULL,
      modality TEXT NOT NULL, firstSeenAt TEXT NOT NULL, lastArrivalAt TEXT NOT NULL,
      expectedInstances INTEGER,
      state TEXT NOT NULL CHECK (state IN ('pending', 'scored', 'failed', 'skipped')),
      failureCode TEXT,
      priority TEXT CHECK (priority IN ('STAT', 'HIGH', 'ROUTINE')),
      priorityReason TEXT, prioritySince TEXT, readAt TEXT
    );
    CREATE INDEX studyByState ON study(state);
    CREATE TABLE series (
      id INTEGER PRIMARY KEY, studyID INTEGER NOT NULL REFERENCES study(id),
      seriesInstanceUID TEXT NOT NULL, modality TEXT NOT NULL, expectedInstances INTEGER,
      UNIQUE (studyID, seriesInstanceUID)
    );
    CREATE TABLE file (
      id INTEGER PRIMARY KEY, path TEXT NOT NULL, byteCount INTEGER NOT NULL,
      modified INTEGER NOT NULL, sha256 TEXT, sopInstanceUID TEXT,
      state TEXT NOT NULL CHECK
        (state IN ('pending', 'accepted', 'scored', 'skipped', 'duplicate', 'quarantined')),
      reason TEXT, place TEXT,
      underWay INTEGER NOT NULL DEFAULT 0, crashes INTEGER NOT NULL DEFAULT 0,
      kills INTEGER NOT NULL DEFAULT 0, discoveredAt TEXT NOT NULL, settledAt TEXT,
      UNIQUE (path, byteCount, modified)
    );
    CREATE INDEX fileByContent ON file(sha256);
    CREATE INDEX fileByState ON file(state);
    CREATE INDEX fileUnderWay ON file(id) WHERE underWay <> 0;
    CREATE TABLE instance (
      id INTEGER PRIMARY KEY, seriesID INTEGER NOT NULL REFERENCES series(id),
      fileID INTEGER NOT NULL UNIQUE REFERENCES file(id),
      sopInstanceUID TEXT NOT NULL UNIQUE, sopClassUID TEXT NOT NULL, sha256 TEXT NOT NULL,
      byteCount INTEGER NOT NULL, rowCount INTEGER NOT NULL, columnCount INTEGER NOT NULL,
      frameCount INTEGER NOT NULL
    );
    CREATE INDEX instanceBySeries ON instance(seriesID);
    CREATE INDEX seriesByStudy ON series(studyID);
    """

  private static let resultTables = """
    CREATE TABLE model (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL,
      digest TEXT NOT NULL UNIQUE, card TEXT NOT NULL
    );
    CREATE TABLE run (
      id INTEGER PRIMARY KEY, studyID INTEGER NOT NULL REFERENCES study(id),
      modelID INTEGER NOT NULL REFERENCES model(id), planVersion TEXT NOT NULL,
      inputDigest TEXT NOT NULL, workKey TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL CHECK (state IN ('finished', 'failed')),
      failureCode TEXT, failurePlace TEXT, startedAt TEXT NOT NULL, finishedAt TEXT NOT NULL,
      supersededByRunID INTEGER REFERENCES run(id)
    );
    CREATE INDEX runByStudy ON run(studyID);
    CREATE TABLE runInstance (
      runID INTEGER NOT NULL REFERENCES run(id),
      instanceID INTEGER NOT NULL REFERENCES instance(id),
      PRIMARY KEY (runID, instanceID)
    ) WITHOUT ROWID;
    CREATE INDEX runInstanceByInstance ON runInstance(instanceID);
    CREATE TABLE finding (
      id INTEGER PRIMARY KEY, runID INTEGER NOT NULL REFERENCES run(id),
      studyID INTEGER NOT NULL REFERENCES study(id), seriesID INTEGER REFERENCES series(id),
      findingIndex INTEGER NOT NULL, label TEXT NOT NULL, codeValue TEXT, codingScheme TEXT,
      codeMeaning TEXT, sopInstanceUID TEXT, probability REAL NOT NULL,
      calibrated INTEGER NOT NULL, threshold REAL, positive INTEGER NOT NULL,
      side TEXT CHECK (side IN ('left', 'right', 'both')), areaMM2 REAL, volumeML REAL,
      sizeShare REAL, lungQualityFlags TEXT NOT NULL, method TEXT, digest TEXT NOT NULL,
      UNIQUE (runID, findingIndex)
    );
    CREATE INDEX findingByStudy ON finding(studyID);
    CREATE INDEX findingByLabel ON finding(label, probability);
    CREATE TABLE region (
      id INTEGER PRIMARY KEY, findingID INTEGER NOT NULL REFERENCES finding(id),
      regionIndex INTEGER NOT NULL, side TEXT CHECK (side IN ('left', 'right', 'both')),
      areaPixels INTEGER, areaMM2 REAL, volumeML REAL,
      boxColumn INTEGER NOT NULL, boxRow INTEGER NOT NULL,
      boxWidth INTEGER NOT NULL, boxHeight INTEGER NOT NULL,
      centroidColumn REAL, centroidRow REAL, centroidX REAL, centroidY REAL, centroidZ REAL,
      peak REAL, mean REAL, sopInstanceUID TEXT, firstFrame INTEGER, lastFrame INTEGER,
      UNIQUE (findingID, regionIndex)
    );
    CREATE TABLE outputObject (
      id INTEGER PRIMARY KEY, runID INTEGER NOT NULL REFERENCES run(id),
      findingID INTEGER REFERENCES finding(id), kind TEXT NOT NULL CHECK
        (kind IN ('SEG', 'GSPS', 'SC', 'PNG')),
      sopInstanceUID TEXT, path TEXT NOT NULL, sha256 TEXT NOT NULL, byteCount INTEGER NOT NULL
    );
    CREATE INDEX outputObjectByRun ON outputObject(runID);
    """

  // No foreign keys: a lost file row must not take its discovery with it, so that the audit sees.
  private static let eventTable = """
    CREATE TABLE event (
      id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at TEXT NOT NULL,
      fileID INTEGER, studyID INTEGER, detail TEXT
    );
    CREATE INDEX eventByFile ON event(fileID);
    CREATE TRIGGER eventIsNotUpdated BEFORE UPDATE ON event
      BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
    CREATE TRIGGER eventIsNotDeleted BEFORE DELETE ON event
      BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
    """

  private static let views = """
    CREATE VIEW latestFinding AS
      SELECT finding.id, finding.studyID, study.studyInstanceUID, study.patientID,
        study.accessionNumber, study.studyDate, study.modality,
        series.seriesInstanceUID, finding.sopInstanceUID, finding.label, finding.codeValue,
        finding.codingScheme, finding.codeMeaning, finding.probability, finding.calibrated,
        finding.threshold, finding.positive, finding.side, finding.areaMM2, finding.volumeML,
        finding.sizeShare, finding.lungQualityFlags, finding.method,
        model.name AS modelName, model.version AS modelVersion, finding.runID, run.finishedAt
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
        top.positive
      FROM study LEFT JOIN latestFinding AS top ON top.studyID = study.id
      WHERE study.readAt IS NULL AND study.state <> 'skipped'
      GROUP BY study.id
      ORDER BY CASE study.priority WHEN 'STAT' THEN 0 WHEN 'HIGH' THEN 1 ELSE 2 END,
        study.firstSeenAt, study.studyInstanceUID;
    """
}
