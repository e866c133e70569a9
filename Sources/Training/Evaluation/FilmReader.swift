import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// What came of one picture in an evaluation.
struct FilmResult: Sendable {
  let label: Int
  let probability: Double
  /// One minus the mean of the picture, in its unit.
  let darkness: Double
  let lungDarkness: Double?
  let patient: String
  let origin: String
  /// nil where nobody drew the lesion.
  let pixels: PixelResult?
}

/// Maps and truth of one picture; masks at its resolution, lists over the input grid.
struct PixelResult: Sendable {
  let truth: Mask
  let regions: Mask
  let lung: Mask
  let isPositive: Bool
  let peakInTruth: Bool
  let side: Side?
  let trueSide: Side?
  let mapInLung: [Float]
  let intensityInLung: [Float]
  let truthInLung: [UInt8]
}

/// Reads one picture after another as scoring does.
struct FilmReader: Sendable {
  let model: ModelPackage
  let classifier: Classifier
  let label: Int
  /// CT slices, whose lungs are known or drawn; else radiographs, whose lungs are found.
  let isTomograph: Bool
  let options: Evaluation.Options

  /// nil when the label of the picture is unknown.
  func read(_ film: Film, _ workspace: Workspace) throws -> FilmResult? {
    guard let truth = film.labels.first.flatMap({ $0 }) else { return nil }
    let lungs = try self.lungs(of: film, workspace)
    let prepared = classifier.preparation.prepare(film.image, lung: lungs.mask)
    let reading = try classifier.read(prepared, using: workspace)
    let probability = model.description.probability(of: Float(reading.logits[label]))
    let mean = film.image.pixels.reduce(0.0) { $0 + Double($1) } / Double(film.image.pixels.count)
    return FilmResult(
      label: Int(truth), probability: probability, darkness: 1 - mean,
      lungDarkness: lungs.mask.map { 1 - Self.mean(film.image, $0) }, patient: film.patient,
      origin: film.origin,
      pixels: pixels(
        film, lungs, prepared, reading, positive: model.description.isPositive(probability)))
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

  private static func mean(_ image: Image, _ mask: Mask) -> Double {
    var sum = 0.0
    for (value, bit) in zip(image.pixels, mask.bits) where bit != 0 { sum += Double(value) }
    return sum / Double(max(1, mask.count))
  }

  private func pixels(
    _ film: Film, _ lungs: (mask: Mask?, left: Mask?, right: Mask?), _ prepared: PreparedImage,
    _ reading: Reading, positive: Bool?
  ) -> PixelResult? {
    guard let truth = film.truth, let heat = reading.heatmap, let map = model.description.map
    else { return nil }
    let over = prepared.overSource(heat.image)
    let regions = Regions(
      threshold: .absolute(Float(map.threshold)), smallestShare: options.smallestShare
    ).extract(from: over, leftLung: lungs.left, rightLung: lungs.right, inside: lungs.mask)
    var union = Mask(width: truth.width, height: truth.height)
    for region in regions { union = union.union(region.mask) }
    let whole =
      lungs.mask
      ?? Mask(
        width: truth.width, height: truth.height, bits: truth.bits.map { _ in 1 })
    let grid = heat.image.bilinear(width: prepared.base.width, height: prepared.base.height)
    let inside = grid.pixels.indices.filter { (prepared.lung?.bits[$0] ?? 1) != 0 }
    let gridTruth = prepared.follow(truth)
    let sign: Float = isTomograph ? 1 : -1
    return PixelResult(
      truth: truth, regions: union, lung: whole, isPositive: positive ?? true,
      peakInTruth: peak(over, inside: whole).map { truth.bits[$0] != 0 } ?? false,
      side: regions.first?.side, trueSide: trueSide(film),
      mapInLung: inside.map { grid.pixels[$0] },
      intensityInLung: inside.map { sign * prepared.base.pixels[$0] },
      truthInLung: inside.map { gridTruth.bits[$0] })
  }

  private func peak(_ map: Image, inside lung: Mask) -> Int? {
    map.pixels.indices.lazy.filter { lung.bits[$0] != 0 }.max { map.pixels[$0] < map.pixels[$1] }
  }

  /// The side that holds more of the truth.
  private func trueSide(_ film: Film) -> Side? {
    guard let truth = film.truth, !truth.isEmpty, let left = film.leftLung,
      let right = film.rightLung
    else { return nil }
    return truth.intersection(left).count > truth.intersection(right).count ? .left : .right
  }
}
