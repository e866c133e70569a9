import Glibc
import Imaging

/// A synthetic frontal chest radiograph with its exact truth (Beer-Lambert sum of parts after
/// methods B.2). Everything depends on (seed, index, size) and the options alone.
package struct RadiographPhantom: Sendable {
  package struct Options: Sendable {
    /// Share of films with a pneumothorax.
    package var prevalence = 0.5
    /// Smallest and largest depth of the air, as shares of the lung's width, log-uniform.
    package var depth: ClosedRange<Double> = 0.06...0.32
    /// Films of one patient that share an anatomy: film `index` is of patient
    /// `index / filmsPerPatient`.
    package var filmsPerPatient = 1
    /// Multiplies the rate of every confounder.
    package var confounders = 1.0
    /// Forces the label instead of drawing it: nil draws, `.some(nil)` gives a film without
    /// pneumothorax, `.some(side)` one with it on that side.
    package var side: Side??
    /// Share of films with each finding; nil makes films of pneumothorax alone, by `prevalence`.
    /// With rates, `prevalence` and `side` do not apply, chest tubes, leads and catheters are
    /// `.device` and turn up with it alone, and the heart has at most 47 % of the chest's width
    /// without `.cardiomegaly`, 55 % or more with it.
    package var findings: [RadiographFinding: Double]?
    /// Replaces the chest tube's rate by one for each class; nil leaves it equal.
    package var tube: TubeRates?
    package init() {}
  }

  /// Density `0...1`, 1 the most attenuating (bright).
  package let image: Image
  /// The air between lung and chest wall; empty without pneumothorax.
  package let truth: Mask
  /// The pleural space of each side: lung and air, without heart and mediastinum.
  package let rightLung: Mask
  package let leftLung: Mask
  package let side: Side?
  /// Area of the air as a share of the area of that side's pleural space; 0 without.
  package let sizeShare: Double
  /// With rates of findings: where each one that the film shows lies, none of them empty.
  package let findings: [RadiographFinding: Mask]
  package let confounders: Set<RadiographConfounder>
  package let patient: Int

  package var hasPneumothorax: Bool { side != nil }
  package var lungs: Mask { rightLung.union(leftLung) }

  package init(seed: UInt64, index: Int, size: Int, options: Options = Options()) {
    precondition(size >= 32 && options.filmsPerPatient > 0)
    patient = index / options.filmsPerPatient
    var plan = CounterRandom(seed: seed, stream: .plan, index: index)
    var side: Side? = plan.chance(options.prevalence) ? (plan.chance(0.5) ? .right : .left) : nil
    let share = max(
      plan.logUniform(options.depth.lowerBound, options.depth.upperBound), 9 / Double(size))
    if let forced = options.side { side = forced }
    let tension = share > 0.2 && plan.chance(0.3)
    let shift = tension ? plan.uniform(0.02, 0.045) : 0
    var several = FindingsDraw(seed: seed, index: index, rates: options.findings)
    if let drawn = several { side = drawn.side }
    var body = CounterRandom(seed: seed, stream: .anatomy, index: patient)
    var anatomy = RadiographAnatomy(
      &body, shift: side == nil ? 0 : (side == .right ? shift : -shift))
    let shadows = several?.shadows(over: anatomy)
    if let shadows { anatomy = anatomy.with(cardiothoracicRatio: shadows.cardiothoracicRatio) }
    var disease = CounterRandom(seed: seed, stream: .disease, index: index)
    let collapse = side.map {
      RadiographPneumothorax(&disease, anatomy: anatomy, side: $0, share: share)
    }
    var extra = CounterRandom(seed: seed, stream: .confounders, index: index)
    let ill = side != nil
    var drawn = Set(
      RadiographConfounder.allCases.filter { extra.chance(options.rate(of: $0, ill: ill)) })
    if let several { drawn = several.withDevices(drawn) }
    confounders = drawn
    var renderer = RadiographRenderer(
      anatomy: anatomy, collapse: collapse, shadows: shadows, size: size, random: &extra)
    renderer.mark(several?.wanted ?? [])
    renderer.drawStrokes(confounders, bones: &body, extra: &extra)
    several?.finishDevices(in: &renderer)
    renderer.compose()
    var detector = CounterRandom(seed: seed, stream: .detector, index: index)
    image = RadiographDetector(&detector).expose(
      renderer.density, frame: renderer.frame, marks: confounders, &detector)
    truth = renderer.air
    rightLung = renderer.rightLung
    leftLung = renderer.leftLung
    self.side = renderer.air.isEmpty ? nil : side
    findings = several.map { $0.truths(renderer) } ?? [:]
    let own = side == .right ? renderer.rightLung : renderer.leftLung
    sizeShare = side == nil ? 0 : Double(truth.count) / Double(max(own.count, 1))
  }
}

extension RadiographPhantom.Options {
  func rate(of kind: RadiographConfounder, ill: Bool) -> Double {
    guard kind == .chestTube, let tube else { return kind.rate * confounders }
    return ill ? tube.withPneumothorax : tube.without
  }
}
