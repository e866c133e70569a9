import Glibc
import Imaging

/// Synthetic chest CT in Hounsfield units with its exact truth (methods B.1, the matched set).
/// Slices of one series cut one three-dimensional patient. Depends on the arguments alone.
///
/// Axial, feet to head; columns run to the patient's left, rows to the back (LPS). The patient's
/// right lung lies on the picture's left.
package struct CTPhantom: Sendable {
  package struct Options: Sendable {
    /// Share of slices or series with lesions.
    package var prevalence = 0.5
    /// What lesions may be, each as likely; ground glass turns into consolidation in 20 %.
    package var kinds: [CTLesionKind] = [.groundGlass, .groundGlass, .nodule]
    /// Of nodules, mm, drawn evenly over the logarithm.
    package var noduleDiameters = 3.0...30.0
    /// Single slices of one patient: slice `index` is of patient `index / slicesPerPatient`.
    package var slicesPerPatient = 4
    /// Multiplies the number of vessels.
    package var vessels = 1.0
    /// Air between lung and chest wall; nil for none.
    package var pneumothorax: Pneumothorax?
    /// Bullae in the upper lungs: air inside them, which is none between lung and chest wall.
    package var bullae = 0
    package init() {}
  }

  /// Air that has risen to the front and the apex of one side of a patient who lies on the back.
  package struct Pneumothorax: Sendable, Hashable {
    package var side: Side
    /// Of the air where it is deepest, from the chest wall to the lung, mm.
    package var depth: Double

    package init(side: Side, depth: Double) {
      self.side = side
      self.depth = depth
    }

    /// That of a numbered patient, 4 to 45 mm deep; nil for those beyond the share.
    init?(seed: UInt64, index: Int, share: Double) {
      var random = CounterRandom(seed: seed, stream: .findings, index: index)
      guard random.chance(share) else { return nil }
      self.init(side: random.chance(0.5) ? .left : .right, depth: random.uniform(4, 45))
    }
  }

  package let volume: Volume
  package let truth: MaskVolume
  package let rightLung: MaskVolume
  package let leftLung: MaskVolume
  /// The air outside the lungs.
  package let pneumothorax: MaskVolume
  /// The kinds of lesion that show in `truth`.
  package let kinds: Set<CTLesionKind>
  package let patient: Int

  package var lungs: MaskVolume { rightLung.union(leftLung) }

  /// A single slice through the lungs, for two-dimensional training.
  package init(seed: UInt64, slice index: Int, size: Int, options: Options = Options()) {
    precondition(size >= 32 && options.slicesPerPatient > 0)
    let patient = index / options.slicesPerPatient
    var plan = CounterRandom(seed: seed, stream: .plan, index: index)
    let wanted = plan.chance(options.prevalence)
    let z = plan.uniform(-85, 55)
    self.init(
      seed: seed, patient: patient, picture: index, size: size, levels: [z], thickness: 1.5,
      lesionLevels: wanted ? z - 3...z + 3 : nil, options: options)
  }

  /// A series of evenly spaced slices over the lungs, base first.
  package init(
    seed: UInt64, series index: Int, size: Int, slices: Int, hasLesions: Bool? = nil,
    options: Options = Options()
  ) {
    precondition(size >= 32 && slices > 1)
    var plan = CounterRandom(seed: seed, stream: .plan, index: index)
    let wanted = plan.chance(options.prevalence)
    let step = 240.0 / Double(slices)
    let levels = (0..<slices).map { -140 + step * (Double($0) + 0.5) }
    self.init(
      seed: seed, patient: index, picture: index, size: size, levels: levels,
      thickness: min(step, 5), lesionLevels: hasLesions ?? wanted ? -70...50 : nil,
      options: options)
  }

  /// One slice of the patient whose series the initializer above makes whole: the same anatomy and
  /// lesions, other noise.
  package init(
    seed: UInt64, series index: Int, slice: Int, of slices: Int, size: Int,
    options: Options = Options()
  ) {
    precondition(size >= 32 && (0..<slices).contains(slice))
    var plan = CounterRandom(seed: seed, stream: .plan, index: index)
    let wanted = plan.chance(options.prevalence)
    let step = 240.0 / Double(slices)
    self.init(
      seed: seed, patient: index, picture: index, size: size,
      levels: [-140 + step * (Double(slice) + 0.5)], thickness: min(step, 5),
      lesionLevels: wanted ? -70...50 : nil, options: options)
  }

  private init(
    seed: UInt64, patient: Int, picture: Int, size: Int, levels: [Double], thickness: Double,
    lesionLevels: ClosedRange<Double>?, options: Options
  ) {
    var body = CounterRandom(seed: seed, stream: .anatomy, index: patient)
    let anatomy = CTAnatomy(&body)
    let vessels = CTVessels(&body, anatomy: anatomy, density: options.vessels)
    var disease = CounterRandom(seed: seed, stream: .disease, index: picture)
    let lesions = lesionLevels.map {
      CTLesionPlan(
        anatomy: anatomy, kinds: options.kinds, diameters: options.noduleDiameters
      ).lesions(&disease, levels: $0)
    }
    var detector = CounterRandom(seed: seed, stream: .detector, index: patient)
    let field = detector.uniform(320, 380)
    let scanner = CTScanner(&detector)
    var renderer = CTRenderer(
      anatomy: anatomy, vessels: vessels, lesions: lesions ?? [], size: size, field: field,
      thickness: thickness)
    renderer.pneumothorax = options.pneumothorax
    renderer.bullae = CTBullae(
      &disease, count: options.bullae, anatomy: anatomy, levels: levels)
    var voxels: [Float] = []
    voxels.reserveCapacity(size * size * levels.count)
    for (slice, z) in levels.enumerated() {
      var texture = CounterRandom(
        seed: seed &+ UInt64(slice), stream: .texture, index: picture)
      voxels += scanner.scan(renderer.render(z: z), noise: &texture).pixels
    }
    volume = Volume(
      columns: size, rows: size, planes: levels.map { renderer.plane(z: $0) }, voxels: voxels)
    let count = levels.count
    truth = MaskVolume(columns: size, rows: size, slices: count, bits: renderer.truth)
    rightLung = MaskVolume(columns: size, rows: size, slices: count, bits: renderer.right)
    leftLung = MaskVolume(columns: size, rows: size, slices: count, bits: renderer.left)
    pneumothorax = MaskVolume(columns: size, rows: size, slices: count, bits: renderer.air)
    kinds = renderer.seen
    self.patient = patient
  }
}
