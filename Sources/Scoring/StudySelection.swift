import DICOM

/// What of a study is scored, and why the rest is not.
package struct StudySelection: Sendable {
  /// Stable reasons of files that are left out here; stored in the ledger.
  package enum Reason: String, Sendable, CaseIterable {
    case lateralView = "lateral-view"
    /// A CT study is scored on its series with the most slices that can be.
    case otherSeriesChosen = "other-series-chosen"
    case notForScoring = "not-for-scoring"
    /// A series whose planes do not lie across the patient: coronal, sagittal, oblique.
    case notAxial = "not-axial"
    /// Pictures of 8 bits that span less than air and tissue do: the Hounsfield units are gone.
    case notHounsfield = "not-hounsfield-units"
    /// No slice shows lungs, as of a head in the queue of chests.
    case noLungs = "no-lungs-in-series"
  }

  /// Frontal films, or films that do not say their view.
  package let films: [Instance]
  /// The CT series, the one with the most slices first.
  package let series: [[Instance]]
  package let leftOut: [(instance: Instance, reason: Reason)]

  package init(_ instances: [Instance]) {
    var films: [Instance] = []
    var leftOut: [(instance: Instance, reason: Reason)] = []
    var series: [UID: [Instance]] = [:]
    for instance in instances.sorted(by: { $0.sopInstanceUID < $1.sopInstanceUID }) {
      switch instance.kind {
      case .radiograph where instance.isLateralView: leftOut.append((instance, .lateralView))
      case .radiograph: films.append(instance)
      case .computedTomography: series[instance.seriesInstanceUID, default: []].append(instance)
      case .otherImage, .nonImage: leftOut.append((instance, .notForScoring))
      }
    }
    let ordered = series.sorted {
      (Self.slices($0.value), $1.key) > (Self.slices($1.value), $0.key)
    }
    self.films = films
    self.series = ordered.map(\.value)
    self.leftOut = leftOut
  }

  package var isEmpty: Bool { films.isEmpty && series.isEmpty }

  private static func slices(_ series: [Instance]) -> Int {
    series.reduce(0) { $0 + max(1, $1.numberOfFrames) }
  }
}
