/// How well maps and their regions meet the drawn lesion, beside what is known without a model.
/// All figures are of the pictures on which the lesion was drawn, or known to be absent.
package struct MapReport: Sendable, Encodable {
  package var method: String
  package var threshold: Double
  /// Whether pixel truth had a hand in the threshold: a `ThresholdSource`, or "unstated".
  package var thresholdSource: String
  package var n: Int
  /// Pictures whose truth is not empty.
  package var positives: Int
  /// Regions of pictures called positive, against the truth, at the picture's resolution.
  package var dice: DiceReport
  /// As `dice`, without asking whether the picture was called positive.
  package var diceUngated: DiceReport
  package var overlap: OverlapByPredictor
  /// Share of positives whose largest map value inside the lung lies in the truth.
  package var peakInTruth: Estimate?
  /// The same of the darkest pixel inside the lung (CT: the brightest), and of one drawn at random.
  package var darkestInTruth: Estimate?
  package var chanceInTruth: Estimate?
  /// Share of positives called positive whose strongest region is on the true side.
  package var sideCorrect: Estimate?
  /// The same over all positives with a known side; no region counts as wrong.
  package var sideCorrectOfAll: Estimate?
  /// Share of positives whose darker lung (CT: brighter) is on the true side.
  package var darkerSideCorrect: Estimate?
  /// Average precision of map values over all pixels inside the lungs of positives, of raw
  /// intensity (radiographs: darkness), and of any constant map.
  package var pixelAP: Double?
  package var intensityPixelAP: Double?
  package var prevalenceInLung: Double
  package var pixels: PixelRanking
  package var intensityPixels: PixelRanking
  package var wholeLungDice: DiceReport
  package var allEmptyDice: DiceReport
}

/// Overlap by every definition: the model, and what costs nothing.
package struct OverlapByPredictor: Sendable, Encodable {
  package let model: OverlapFigures
  package let ungated: OverlapFigures
  /// The darkest share of the lungs (CT: the brightest), `darkestShare` chosen on this very truth
  /// as the best of `DarkestPart.shares` by Dice over positives: an optimistic baseline.
  package let darkest: OverlapFigures
  package let darkestShare: Double
  package let wholeLung: OverlapFigures
  package let allEmpty: OverlapFigures

  init(_ overlaps: [PredictorOverlap], bootstrap: PatientBootstrap) {
    func figures(_ counts: [OverlapCounts]) -> OverlapFigures {
      OverlapFigures(counts, bootstrap: bootstrap)
    }
    model = figures(overlaps.map(\.model))
    ungated = figures(overlaps.map(\.ungated))
    wholeLung = figures(overlaps.map(\.wholeLung))
    allEmpty = figures(overlaps.map(\.allEmpty))
    let ones = [Int](repeating: 1, count: overlaps.count)
    let dice = DarkestPart.shares.indices.map { share in
      OverlapDefinition.dicePositives.value(overlaps.map { $0.darkest[share] }, weights: ones) ?? 0
    }
    let best = dice.indices.max { (dice[$0], -$0) < (dice[$1], -$1) } ?? 0
    darkestShare = DarkestPart.shares[best]
    darkest = figures(overlaps.map { $0.darkest[best] })
  }
}

extension MapReport {
  /// nil for models without a map, and where no lesion was drawn.
  init?(
    _ items: [FilmResult], cut: MapCut?, measure: FilmMeasure, options: Evaluation.Options
  ) {
    let drawn = items.filter { $0.drawn != nil }
    let results = drawn.compactMap(\.drawn)
    let lesions = drawn.filter { ($0.drawn?.overlap.allEmpty.truth ?? 0) > 0 }
    guard let cut, !lesions.isEmpty else { return nil }
    let groups = drawn.map(\.patient)
    func dice(_ pick: (PredictorOverlap) -> OverlapCounts) -> DiceReport {
      DiceReport(
        counts: results.map { pick($0.overlap) }, groups: groups, seed: options.seed,
        threads: options.threads)
    }
    let figures = LesionFigures(lesions, options: options)
    let ranked = lesions.filter { $0.label == 1 }
    let patients = options.bootstrap(ranked.map(\.patient))
    let missed = ranked.compactMap { $0.drawn?.missed }
    let pixels = PixelRanking(
      pooled: measure.maps, pictures: ranked.compactMap { $0.drawn?.map }, missed: missed,
      bootstrap: patients)
    let intensity = PixelRanking(
      pooled: measure.intensities, pictures: ranked.compactMap { $0.drawn?.intensity },
      missed: missed, bootstrap: patients)
    self.init(
      method: cut.method, threshold: Double(cut.threshold), thresholdSource: cut.source,
      n: drawn.count, positives: lesions.count, dice: dice(\.model), diceUngated: dice(\.ungated),
      overlap: OverlapByPredictor(
        results.map(\.overlap), bootstrap: options.bootstrap(groups)),
      peakInTruth: figures.hit, darkestInTruth: figures.darkestHit,
      chanceInTruth: figures.chanceHit, sideCorrect: figures.sideOfCalled,
      sideCorrectOfAll: figures.side, darkerSideCorrect: figures.darkerSide,
      pixelAP: pixels.averagePrecision?.value,
      intensityPixelAP: intensity.averagePrecision?.value,
      prevalenceInLung: Self.prevalence(measure.maps), pixels: pixels, intensityPixels: intensity,
      wholeLungDice: dice(\.wholeLung), allEmptyDice: dice(\.allEmpty))
  }

  private static func prevalence(_ maps: PooledHistogram) -> Double {
    var (lesion, all) = (0.0, 0.0)
    for count in maps.falling() {
      lesion += count.lesion
      all += count.lesion + count.background
    }
    return all > 0 ? lesion / all : 0
  }
}

/// Hits and sides over pictures with a lesion, with intervals by patient.
struct LesionFigures: Sendable {
  let hit: Estimate?
  let darkestHit: Estimate?
  let chanceHit: Estimate?
  let sideOfCalled: Estimate?
  let side: Estimate?
  let darkerSide: Estimate?

  init(_ lesions: [FilmResult], options: Evaluation.Options) {
    let results = lesions.compactMap(\.drawn)
    let all = options.bootstrap(lesions.map(\.patient))
    hit = all.share(results.map(\.hit))
    darkestHit = all.share(results.map(\.darkestHit))
    chanceHit = all.mean(results.map(\.chanceHit))
    func share(
      of keep: (SideResult) -> Bool, _ right: (SideResult) -> Bool
    ) -> Estimate? {
      let kept = lesions.filter { $0.drawn.map { keep($0.sides) } ?? false }
      return options.bootstrap(kept.map(\.patient)).share(
        kept.compactMap { $0.drawn.map { right($0.sides) } })
    }
    sideOfCalled = share(of: { $0.called && $0.model != nil && $0.truth != nil }) {
      $0.model == $0.truth
    }
    side = share(of: { $0.truth != nil }) { $0.model == $0.truth }
    darkerSide = share(of: { $0.truth != nil && $0.darker != nil }) { $0.darker == $0.truth }
  }
}
