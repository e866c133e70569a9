import Imaging

/// Where the maps of one method lie on the positives of a set: figures that need no outline, and
/// three more over the films whose lesion is drawn.
package struct MapMethodReport: Sendable, Codable, Hashable {
  /// Stable name of the method; that of the segmentation network for a model of two networks.
  package let method: String
  /// Positives whose lungs were found; the shares below are of them.
  package private(set) var films = 0
  /// Mean share of the map's sum that lies inside the lungs; the share of the film that is lung
  /// says what a constant map would give. 0...1.
  package private(set) var massInLungs: Double?
  package private(set) var lungShare: Double?
  /// Shares of films by where the largest value lies: the upper third of the height of the lungs,
  /// the rest of the lungs, anywhere else.
  package private(set) var peakInUpperThird: Double?
  package private(set) var peakInLowerLungs: Double?
  package private(set) var peakOutsideLungs: Double?
  /// Positives with a drawn lesion, and of those: share whose largest value lies in it, mean share of
  /// the map's sum inside it, and mean share of the lungs that it covers (a constant map's mass).
  package private(set) var drawnFilms = 0
  package private(set) var peakInLesion: Double?
  package private(set) var massInLesion: Double?
  package private(set) var lesionShare: Double?

  package init(method: String, places: [MapPlace]) {
    self.method = method
    let inLungs = places.compactMap(\.lungs)
    films = inLungs.count
    if films > 0 {
      let share = { (zone: MapPlace.Zone) in
        Double(inLungs.count { $0.zone == zone }) / Double(inLungs.count)
      }
      massInLungs = Self.mean(inLungs.map(\.mass))
      lungShare = Self.mean(inLungs.map(\.share))
      (peakInUpperThird, peakInLowerLungs) = (share(.upperThird), share(.lowerLungs))
      peakOutsideLungs = share(.outside)
    }
    let lesions = places.compactMap(\.lesion)
    drawnFilms = lesions.count
    if drawnFilms > 0 {
      peakInLesion = Self.mean(lesions.map { $0.hit ? 1 : 0 })
      massInLesion = Self.mean(lesions.map(\.mass))
      lesionShare = Self.mean(lesions.map(\.share))
    }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }
}

/// Where the map of one film lies.
package struct MapPlace: Sendable {
  package enum Zone: Sendable { case upperThird, lowerLungs, outside }

  package struct InLungs: Sendable {
    /// Of the map's sum; 0 for an empty map.
    package let mass: Double
    /// Of the film's pixels.
    package let share: Double
    package let zone: Zone
  }

  package struct InLesion: Sendable {
    package let mass: Double
    /// Of the pixels of the lungs, or of the film without them.
    package let share: Double
    package let hit: Bool
  }

  /// Of the film's pixels, rows first: the first of the largest.
  package let peak: Int
  package let lungs: InLungs?
  package let lesion: InLesion?

  /// - Parameters:
  ///   - map: over the film, negative values count as 0.
  ///   - lungs: of the film's size; nil or empty where they were not found.
  ///   - truth: the drawn lesion; nil or empty where there is none.
  package init(_ map: Image, lungs: Mask?, truth: Mask?) {
    let values = map.pixels.map { max(0, $0) }
    let top = values.indices.max { values[$0] < values[$1] } ?? 0
    let total = values.reduce(0.0) { $0 + Double($1) }
    func mass(_ mask: Mask) -> Double {
      guard total > 0 else { return 0 }
      var sum = 0.0
      for (value, bit) in zip(values, mask.bits) where bit != 0 { sum += Double(value) }
      return sum / total
    }
    peak = top
    if let lungs, let box = lungs.boundingBox {
      let row = top / map.width
      let zone: Zone =
        lungs.bits[top] == 0
        ? .outside : 3 * (row - box.row) < box.height ? .upperThird : .lowerLungs
      self.lungs = InLungs(
        mass: mass(lungs), share: Double(lungs.count) / Double(values.count), zone: zone)
    } else {
      self.lungs = nil
    }
    if let truth, !truth.isEmpty {
      let inLungs = lungs.map { $0.isEmpty ? values.count : $0.count } ?? values.count
      lesion = InLesion(
        mass: mass(truth), share: Double(truth.count) / Double(inLungs),
        hit: truth.bits[top] != 0)
    } else {
      lesion = nil
    }
  }
}
