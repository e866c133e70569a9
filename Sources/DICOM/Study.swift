/// The instances of one series, in instance-number order.
package struct Series: Sendable {
  package let seriesInstanceUID: UID
  package let studyInstanceUID: UID
  package let modality: String
  package let instances: [Instance]

  /// Instances that carry something to score.
  package var radiographs: [Instance] { instances.filter { $0.kind == .radiograph } }
  package var slices: [Instance] { instances.filter { $0.kind == .computedTomography } }
}

/// The series of one study, ordered by series number and UID.
package struct Study: Sendable {
  package let studyInstanceUID: UID
  package let series: [Series]

  package var instances: [Instance] { series.flatMap(\.instances) }

  /// Groups instances by Study and Series Instance UID. The result does not depend on the order of
  /// the input. A SOP instance that occurs several times stays once, that with the least SHA-256;
  /// `repeated` receives the rest.
  package static func assemble(_ instances: [Instance]) -> (studies: [Study], repeated: [Instance])
  {
    var kept: [UID: Instance] = [:]
    var repeated: [Instance] = []
    for instance in instances.sorted(by: byContent) {
      if kept[instance.sopInstanceUID] == nil {
        kept[instance.sopInstanceUID] = instance
      } else {
        repeated.append(instance)
      }
    }
    let byStudy = Dictionary(grouping: kept.values, by: \.studyInstanceUID)
    let studies = byStudy.keys.sorted().map { uid in
      Study(studyInstanceUID: uid, series: seriesOf(byStudy[uid] ?? []))
    }
    return (studies, repeated)
  }

  private static func seriesOf(_ instances: [Instance]) -> [Series] {
    Dictionary(grouping: instances, by: \.seriesInstanceUID).map { uid, members in
      let ordered = members.sorted(by: byNumber)
      return Series(
        seriesInstanceUID: uid, studyInstanceUID: ordered[0].studyInstanceUID,
        modality: ordered[0].modality, instances: ordered)
    }.sorted { a, b in
      let first = a.instances[0].seriesNumber ?? .max
      let second = b.instances[0].seriesNumber ?? .max
      return first != second ? first < second : a.seriesInstanceUID < b.seriesInstanceUID
    }
  }

  private static func byContent(_ a: Instance, _ b: Instance) -> Bool {
    (a.sopInstanceUID.value, a.sha256, a.path.value)
      < (b.sopInstanceUID.value, b.sha256, b.path.value)
  }

  static func byNumber(_ a: Instance, _ b: Instance) -> Bool {
    (a.instanceNumber ?? .max, a.sopInstanceUID.value)
      < (b.instanceNumber ?? .max, b.sopInstanceUID.value)
  }
}
