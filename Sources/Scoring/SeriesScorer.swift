import DICOM
import Imaging
import Localization
import Lungs
import Networks
import Tensors

/// Scores one CT series: volume, lungs, every slice with lung in it, bodies over slices.
struct SeriesScorer: Sendable {
  let reader: any InstanceReader
  let model: ScoringModels.Reader

  /// - Throws: `DICOMError` of geometry or decoding.
  func score(_ instances: [Instance], using workspace: Workspace) throws -> SeriesFinding {
    let (volume, report) = try reader.volume(of: instances)
    let lungs = CTLungs.segment(volume)
    let usable = lungs.quality.usable
    let readings = try read(volume, lungs: usable ? lungs : nil, using: workspace)
    let assessment = model.assessment(ofSlices: readings.map { $0?.logit })
    var regions: [VolumeRegion] = []
    var maps: Volume?
    if assessment.isPositive {
      let laid = lay(readings, over: volume)
      regions = model.regions.extract(
        from: laid, left: usable ? lungs.left : nil, right: usable ? lungs.right : nil,
        thickness: instances.first?.sliceThicknessMillimetres ?? 1)
      maps = laid
    }
    let key = keySlice(regions, readings: readings.map { $0?.logit }, slices: volume.slices)
    let used = Set(report.sources.map(\.sopInstanceUID))
    return SeriesFinding(
      instances: instances.filter { used.contains($0.sopInstanceUID) }, sources: report.sources,
      assessment: assessment, keySlice: key,
      display: volume.slice(key).lungWindow(), heat: maps.map { model.heat($0.slice(key)) },
      regions: regions, lungFlags: lungs.quality.flags.map(\.rawValue) + Self.flags(of: report))
  }

  /// What the classifier says of one slice.
  private struct SliceReading {
    let logit: Double
    let map: Image?
    let prepared: PreparedImage
  }

  /// One reading a slice; nil where there is too little lung to read.
  private func read(
    _ volume: Volume, lungs: LungVolume?, using workspace: Workspace
  ) throws -> [SliceReading?] {
    try (0..<volume.slices).map { index in
      let lung = lungs.map { $0.left.slice(index).union($0.right.slice(index)) }
      if let lung, Double(lung.count) < SeriesLogit.leastLungShare * Double(lung.bits.count) {
        return nil
      }
      var prepared = model.classifier.preparation.prepare(volume.slice(index), lung: lung)
      let reading = try model.classifier.read(
        prepared, mapIf: model.isPositive, using: workspace)
      prepared.base = Image(width: 1, height: 1)  // only the way back is needed from here on
      return SliceReading(
        logit: reading.logits[0], map: reading.heatmap?.image, prepared: prepared)
    }
  }

  /// Maps of the slices that are positive by themselves, over the voxels; 0 elsewhere.
  private func lay(_ readings: [SliceReading?], over volume: Volume) -> Volume {
    var laid = Volume(
      columns: volume.columns, rows: volume.rows, planes: volume.planes,
      voxels: [Float](repeating: 0, count: volume.voxels.count))
    let size = volume.columns * volume.rows
    for (index, reading) in readings.enumerated() {
      guard let reading, let map = reading.map,
        model.assessment(ofLogit: reading.logit).isPositive
      else { continue }
      laid.voxels.replaceSubrange(
        index * size..<(index + 1) * size, with: reading.prepared.overSource(map).pixels)
    }
    return laid
  }

  private func keySlice(_ regions: [VolumeRegion], readings: [Double?], slices: Int) -> Int {
    if let first = regions.first {
      let largest = first.masks.indices.max { first.masks[$0].count < first.masks[$1].count }
      return first.slices.lowerBound + (largest ?? 0)
    }
    let strongest = readings.indices.filter { readings[$0] != nil }
      .max { (readings[$0] ?? 0) < (readings[$1] ?? 0) }
    return strongest ?? slices / 2
  }

  /// What was found odd while slices became a volume, recorded with the finding.
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
