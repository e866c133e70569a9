import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// How a map is cut, whichever way it was made.
struct MapCut: Sendable {
  let method: String
  let threshold: Float
  /// Where the threshold came from (`ThresholdSource`), or "unstated".
  let source: String
}

extension ModelDescription {
  /// nil for models without a map.
  func mapCut(ofLabel label: Int) -> MapCut? {
    shownMap(ofLabel: label).map {
      MapCut(
        method: $0.method, threshold: Float($0.threshold), source: $0.thresholdSource ?? "unstated")
    }
  }
}

/// One picture read as scoring does, with all that was made on the way.
struct FilmExam: Sendable {
  let film: Film
  let label: Int
  let probability: Double
  let isPositive: Bool
  /// Lungs that scoring would use: found and usable (CT: known or drawn).
  let lungs: Mask?
  let leftLung: Mask?
  let rightLung: Mask?
  let prepared: PreparedImage
  /// At its own resolution; nil for models without a map.
  let map: Image?
  /// The map over the source picture, and its regions, strongest first.
  let over: Image?
  let regions: [Region]

  /// All regions as one mask of the picture's size.
  var regionMask: Mask {
    regions.reduce(Mask(width: film.image.width, height: film.image.height)) {
      $0.union($1.mask)
    }
  }
}

/// Reads one picture after another as scoring does.
struct FilmReader: Sendable {
  let model: ModelPackage
  let classifier: Classifier
  let label: Int
  /// CT slices, whose lungs are known or drawn; else radiographs, whose lungs are found.
  let isTomograph: Bool
  let options: Evaluation.Options

  /// nil when the label of the picture is unknown. Throws `scoreNotANumber` with `row` when the
  /// model's score or map is none.
  func examine(_ film: Film, row: Int?, _ workspace: Workspace) throws -> FilmExam? {
    guard let truth = film.labels.first.flatMap({ $0 }) else { return nil }
    let lungs = try self.lungs(of: film, workspace)
    let prepared = classifier.preparation.prepare(
      film.image, lung: lungs.mask, spacing: film.spacing)
    let reading = try classifier.read(prepared, using: workspace)
    let probability = model.description.probability(of: Float(reading.logits[label]), label: label)
    guard !probability.isNaN else {
      throw TrainingError(.scoreNotANumber, index: row, column: "score")
    }
    let map = model.description.mapCut(ofLabel: label) == nil ? nil : reading.heatmap?.image
    guard map?.pixels.allSatisfy(\.isFinite) ?? true else {
      throw TrainingError(.scoreNotANumber, index: row, column: "map")
    }
    let over = map.map(prepared.overSource)
    return FilmExam(
      film: film, label: Int(truth), probability: probability,
      isPositive: model.description.isPositive(probability, label: label) ?? true,
      lungs: lungs.mask,
      leftLung: lungs.left, rightLung: lungs.right, prepared: prepared, map: map, over: over,
      regions: over.map { regions($0, lungs) } ?? [])
  }

  private func regions(
    _ over: Image, _ lungs: (mask: Mask?, left: Mask?, right: Mask?)
  ) -> [Region] {
    guard
      let rule = Regions(
        model: model.description, label: label, smallestShare: options.smallestShare)
    else { return [] }
    // As scoring: what may lie outside the lungs is not cut at their border.
    guard model.description.labels[label].isInLungs else { return rule.extract(from: over) }
    return
      rule.extract(from: over, leftLung: lungs.left, rightLung: lungs.right, inside: lungs.mask)
  }

  private func lungs(
    of film: Film, _ workspace: Workspace
  ) throws -> (mask: Mask?, left: Mask?, right: Mask?) {
    if isTomograph { return (film.lungs, film.leftLung, film.rightLung) }
    guard let found = try options.lungs?.segment(film.image, using: workspace),
      found.quality.usable
    else { return (nil, nil, nil) }
    return (found.combined, found.left, found.right)
  }
}

/// From an exam to figures.
struct FilmMeasure: Sendable {
  let isTomograph: Bool
  /// Pixels of all pictures with a lesion.
  let maps = PooledHistogram()
  let intensities = PooledHistogram()

  init(isTomograph: Bool) { self.isTomograph = isTomograph }

  /// Lesions are dark on radiographs, bright on CT.
  private var sign: Float { isTomograph ? 1 : -1 }

  func result(_ exam: FilmExam, item: Int) -> FilmResult {
    let pixels = exam.film.image.pixels
    return FilmResult(
      item: item, label: exam.label, probability: exam.probability,
      darkness: 1 - pixels.reduce(0.0) { $0 + Double($1) } / Double(pixels.count),
      lungDarkness: exam.lungs.map { 1 - Self.mean(exam.film.image, $0) },
      patient: exam.film.patient, origin: exam.film.origin, drawn: drawn(exam))
  }

  private static func mean(_ image: Image, _ mask: Mask) -> Double {
    var sum = 0.0
    for (value, bit) in zip(image.pixels, mask.bits) where bit != 0 { sum += Double(value) }
    return sum / Double(max(1, mask.count))
  }

  private func drawn(_ exam: FilmExam) -> DrawnResult? {
    guard let truth = exam.film.truth, let over = exam.over, let map = exam.map else { return nil }
    let image = exam.film.image
    let lung =
      exam.lungs
      ?? Mask(width: image.width, height: image.height, bits: image.pixels.map { _ in 1 })
    let inLung = lung.count
    let overlapping = lung.intersection(truth).count
    let grid = grid(exam, map, truth)
    return DrawnResult(
      overlap: overlap(exam, lung, truth),
      hit: Self.peak(over.pixels, inside: lung, sign: 1).map { truth.bits[$0] != 0 } ?? false,
      darkestHit: Self.peak(image.pixels, inside: lung, sign: sign).map { truth.bits[$0] != 0 }
        ?? false,
      chanceHit: Double(overlapping) / Double(max(1, inLung)),
      lesionShare: exam.lungs == nil || inLung == 0
        ? nil : Double(truth.count) / Double(inLung),
      sides: sides(exam, truth), map: grid.map, intensity: grid.intensity, missed: grid.missed)
  }

  private func overlap(_ exam: FilmExam, _ lung: Mask, _ truth: Mask) -> PredictorOverlap {
    let ungated = OverlapCounts(predicted: exam.regionMask.bits, truth: truth.bits)
    let empty = OverlapCounts(
      both: 0, predicted: 0, truth: ungated.truth, pixels: ungated.pixels)
    return PredictorOverlap(
      model: exam.isPositive ? ungated : empty, ungated: ungated,
      wholeLung: OverlapCounts(predicted: lung.bits, truth: truth.bits), allEmpty: empty,
      darkest: DarkestPart.counts(exam.film.image, lung: lung, truth: truth, sign: sign))
  }

  private static func peak(_ values: [Float], inside lung: Mask, sign: Float) -> Int? {
    values.indices.lazy.filter { lung.bits[$0] != 0 }
      .max { sign * values[$0] < sign * values[$1] }
  }

  /// Map and intensity over the input grid inside the lungs, of pictures with a lesion.
  private func grid(
    _ exam: FilmExam, _ map: Image, _ truth: Mask
  ) -> (map: PixelHistogram, intensity: PixelHistogram, missed: Int) {
    let none = PixelHistogram(values: [], truth: [])
    guard exam.label == 1, !truth.isEmpty else { return (none, none, 0) }
    let base = exam.prepared.base
    let values = map.bilinear(width: base.width, height: base.height).pixels
    let follow = exam.prepared.follow(truth)
    let inside = exam.prepared.lungCells
    let bits = inside.map { follow.bits[$0] }
    let mapBins = inside.map { FloatBins.fine(values[$0]) }
    let intensityBins = inside.map { FloatBins.fine(sign * base.pixels[$0]) }
    maps.add(fineBins: mapBins, truth: bits)
    intensities.add(fineBins: intensityBins, truth: bits)
    return (
      PixelHistogram(fineBins: mapBins, truth: bits),
      PixelHistogram(fineBins: intensityBins, truth: bits),
      follow.count - bits.reduce(0) { $0 + Int($1) }
    )
  }

  private func sides(_ exam: FilmExam, _ truth: Mask) -> SideResult {
    let left = exam.film.leftLung ?? exam.leftLung
    let right = exam.film.rightLung ?? exam.rightLung
    guard !truth.isEmpty, let left, let right else {
      return SideResult(
        called: exam.isPositive, model: exam.regions.first?.side, darker: nil, truth: nil)
    }
    let (onLeft, onRight) = (
      truth.intersection(left).count, truth.intersection(right).count
    )
    let brighter = Self.mean(exam.film.image, left) - Self.mean(exam.film.image, right)
    return SideResult(
      called: exam.isPositive, model: exam.regions.first?.side,
      darker: Float(brighter) * sign > 0 ? .left : .right,
      truth: onLeft == onRight ? nil : onLeft > onRight ? .left : .right)
  }
}
