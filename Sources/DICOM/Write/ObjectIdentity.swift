/// Everything that makes a written object this object and no other: the caller decides it, so that
/// the same inputs give the same bytes. Nothing here is ever taken from the clock.
package struct ObjectIdentity: Sendable, Hashable {
  package let sopInstanceUID: UID
  package let seriesInstanceUID: UID
  package let seriesNumber: Int
  package let instanceNumber: Int
  /// DA, `YYYYMMDD`: content, series and acquisition date of the object.
  package let date: String
  /// TM, `HHMMSS`.
  package let time: String

  package init(
    sopInstanceUID: UID, seriesInstanceUID: UID, seriesNumber: Int, instanceNumber: Int = 1,
    date: String, time: String
  ) {
    self.sopInstanceUID = sopInstanceUID
    self.seriesInstanceUID = seriesInstanceUID
    self.seriesNumber = seriesNumber
    self.instanceNumber = instanceNumber
    self.date = date
    self.time = time
  }
}

/// The kinds of objects made from a study; the raw value enters the derived UIDs: never change it.
package enum DerivedKind: String, Sendable, CaseIterable {
  case segmentation = "seg"
  case presentationState = "gsps"
  case heatmapCapture = "heatmap-sc"

  /// A high series number, apart from those of the modality.
  package var seriesNumber: Int {
    switch self {
    case .segmentation: 9001
    case .presentationState: 9002
    case .heatmapCapture: 9003
    }
  }
}

/// The software and the model that made an object.
package struct Producer: Sendable, Hashable {
  /// Version of this program, LO.
  package let softwareVersion: String
  package let algorithmName: String
  package let algorithmVersion: String
  /// SHA-256 of the model package, hexadecimal.
  package let modelDigest: String
  /// Whether the model's maker calls its scores experimental; nil: not stated.
  package let isExperimental: Bool?

  package init(
    softwareVersion: String, algorithmName: String, algorithmVersion: String, modelDigest: String,
    isExperimental: Bool? = nil
  ) {
    self.softwareVersion = softwareVersion
    self.algorithmName = algorithmName
    self.algorithmVersion = algorithmVersion
    self.modelDigest = modelDigest
    self.isExperimental = isExperimental
  }

  /// Said after a word of a title; empty where the model does not call itself experimental.
  var mark: String { isExperimental == true ? ", experimental" : "" }

  /// The algorithm's name for people, at most 64 ASCII characters; a long name does not push the
  /// mark out.
  var title: String { CommonModules.ascii(algorithmName, 64 - mark.count) + mark }
}

extension ObjectIdentity {
  /// UIDs derived from the SOP Instance UIDs of the sources, the model and the kind: a second run
  /// names the same object. `part` tells several objects of a kind apart (one per label, frame).
  /// Objects of one kind from one study and model share a series.
  package static func derived(
    _ kind: DerivedKind, study: UID, sources: [UID], producer: Producer, part: String = "",
    instanceNumber: Int = 1, date: String, time: String
  ) -> ObjectIdentity {
    let model = producer.modelDigest
    return ObjectIdentity(
      sopInstanceUID: UID.derived(
        from: ["instance", kind.rawValue, model, part] + sources.map(\.value).sorted()),
      seriesInstanceUID: UID.derived(from: ["series", kind.rawValue, model, study.value]),
      seriesNumber: kind.seriesNumber, instanceNumber: instanceNumber, date: date, time: time)
  }
}
