import DICOM
import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// Why a series is left out.
struct SeriesRefusal: Error {
  let reason: StudySelection.Reason

  init(_ reason: StudySelection.Reason) { self.reason = reason }
}

/// Scores one CT series slice by slice: lungs, every slice with lung in it, bodies over slices.
///
/// Slices are decoded when they are needed (once for the lungs, once for the network) and dropped;
/// what stays of each is its mask as runs and its map at the resolution of the network. Memory does
/// not grow with the size of the pictures (docs/operations.md).
struct SeriesScorer: Sendable {
  let reader: any InstanceReader
  let model: ScoringModels.Reader

  /// - Throws: `SeriesRefusal` for a series that is none of a chest in Hounsfield units, `DICOMError`
  ///   of geometry or decoding.
  func score(_ instances: [Instance], using workspace: Workspace) throws -> [SeriesFinding] {
    let stack = try reader.stack(of: instances)
    guard stack.planes.allSatisfy({ abs($0.normal.z) > Self.leastAxial }) else {
      throw SeriesRefusal(.notAxial)
    }
    let thickness = instances.first?.sliceThicknessMillimetres ?? 1
    try checkUnits(stack, instances)
    let lungs = try CTLungs.segment(stack, thickness: thickness)
    guard !lungs.quality.flags.contains(.noLung) else { throw SeriesRefusal(.noLungs) }
    let usable = lungs.quality.usable
    let readings = try read(stack, lungs: usable ? lungs : nil, using: workspace)
    let assessment = model.assessment(ofSlices: readings.map { $0?.logit })
    var regions: [VolumeRegion] = []
    if assessment.isPositive {
      regions = model.regions.extract(
        over: stack, left: usable ? lungs.left : nil, right: usable ? lungs.right : nil,
        thickness: thickness, map: { map(readings[$0]) })
    }
    let key = keySlice(regions, readings: readings.map { $0?.logit }, slices: stack.slices)
    let used = Set(stack.report.sources.map(\.sopInstanceUID))
    let empty = Image(width: stack.columns, height: stack.rows)
    let main = SeriesFinding(
      instances: instances.filter { used.contains($0.sopInstanceUID) },
      sources: stack.report.sources, assessment: assessment, keySlice: key,
      display: try stack.slice(key).lungWindow(),
      heat: assessment.isPositive ? model.heat(map(readings[key]) ?? empty) : nil,
      regions: regions,
      lungFlags: lungs.quality.flags.map(\.rawValue) + Self.flags(of: stack.report))
    guard usable else { return [main] }
    return [main, try pneumothorax(stack, lungs, thickness: thickness, beside: main)]
  }

  /// Free air by anatomy, of the same series.
  private func pneumothorax(
    _ stack: SeriesStack, _ lungs: LungVolume, thickness: Double, beside main: SeriesFinding
  ) throws -> SeriesFinding {
    let found = try CTPneumothorax.find(in: stack, lungs: lungs, thickness: thickness)
    var air = MaskVolume(columns: stack.columns, rows: stack.rows, slices: stack.slices)
    for one in found { air = air.union(one.air) }
    let regions = Regions(threshold: .absolute(0.5), smallestShare: 0).extract(
      over: stack, left: lungs.left, right: lungs.right, thickness: thickness,
      map: { air.isEmpty($0) ? nil : air[$0].image })
    // Where nothing was found nothing is shown: no slice is decoded for it.
    let key = regions.first?.largestSlice
    var finding = SeriesFinding(
      instances: main.instances, sources: main.sources,
      assessment: .pneumothorax(isFound: !found.isEmpty), keySlice: key ?? main.keySlice,
      display: try key.map { try stack.slice($0).lungWindow() } ?? main.display, heat: nil,
      regions: regions,
      lungFlags: main.lungFlags)
    finding.previewsNegative = false
    return finding
  }

  /// Of the normal's share along the patient: a gantry tilts by 30 degrees at most.
  private static let leastAxial = 0.8

  /// Pictures of 8 bits may hold Hounsfield units in coarse steps; a window of them does not.
  private func checkUnits(_ stack: SeriesStack, _ instances: [Instance]) throws {
    guard instances.allSatisfy({ $0.pixels.map { $0.bitsStored <= 8 } ?? false }) else { return }
    let middle = try stack.slice(stack.slices / 2).pixels
    let (least, most) = (middle.min() ?? 0, middle.max() ?? 0)
    // From air at -1000 to soft tissue at 0 and above.
    guard least < -700, most - least > 700 else { throw SeriesRefusal(.notHounsfield) }
  }

  /// What the classifier says of one slice.
  private struct SliceReading {
    let logit: Double
    let map: Image?
    /// The way back to the slice, without its pixels.
    let prepared: PreparedImage
  }

  /// One reading a slice; nil where there is too little lung to read.
  private func read(
    _ stack: SeriesStack, lungs: LungVolume?, using workspace: Workspace
  ) throws -> [SliceReading?] {
    let area = Double(stack.columns * stack.rows)
    return try (0..<stack.slices).map { index in
      if let lungs,
        Double(lungs.left.count(index) + lungs.right.count(index))
          < SeriesLogit.leastLungShare * area
      {
        return nil
      }
      let lung = lungs.map { $0.left[index].union($0.right[index]) }
      var prepared = model.classifier.preparation.prepare(
        try stack.slice(index), lung: lung, spacing: stack.planes[index].spacing)
      let reading = try model.classifier.read(
        prepared, mapIf: model.isPositive, using: workspace)
      prepared.base = Image(width: 1, height: 1)
      prepared.lung = nil
      return SliceReading(
        logit: reading.logits[0], map: reading.heatmap?.image, prepared: prepared)
    }
  }

  /// The map of a slice that is positive by itself, over its pixels; nil for others.
  private func map(_ reading: SliceReading?) -> Image? {
    guard let reading, let map = reading.map,
      model.assessment(ofLogit: reading.logit).isPositive
    else { return nil }
    return reading.prepared.overSource(map)
  }

  private func keySlice(_ regions: [VolumeRegion], readings: [Double?], slices: Int) -> Int {
    if let first = regions.first { return first.largestSlice }
    let strongest = readings.indices.filter { readings[$0] != nil }
      .max { (readings[$0] ?? 0) < (readings[$1] ?? 0) }
    return strongest ?? slices / 2
  }

  /// What was found odd while slices became a stack, recorded with the finding.
  static func flags(of report: VolumeReport) -> [String] {
    var flags: [String] = []
    if !report.duplicates.isEmpty { flags.append("duplicate-slices") }
    if report.duplicates.contains(where: { !$0.samePixels }) {
      flags.append("conflicting-slices")
    }
    if !report.isEvenlySpaced { flags.append("slice-gaps") }
    if report.hasGantryTilt { flags.append("gantry-tilt") }
    if !report.otherStacks.isEmpty { flags.append("other-stacks-left-out") }
    return flags
  }
}

extension Image {
  /// Lung window: -600 HU centre, 1500 HU width, to `0...1`.
  func lungWindow() -> Image {
    Image(
      width: width, height: height, pixels: pixels.map { min(1, max(0, ($0 + 1350) / 1500)) })
  }
}
