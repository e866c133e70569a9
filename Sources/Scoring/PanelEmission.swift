import DICOM
import Findings
import Imaging
import Localization

/// One set of objects for all labels of a panel on one film: a segmentation with a coded segment for
/// each positive label, one presentation state, one capture, one preview.
extension Emitter {
  /// `findings`: every label of one model on one film; nothing for none.
  func emit(panel findings: [FilmFinding]) throws -> [OutputObject] {
    guard let first = findings.first else { return [] }
    let instance = first.instance
    let target = target(
      of: first.assessment, first: instance, sources: [instance], part: instance.sopInstanceUID,
      label: Self.panelLabel)
    let positives = findings.filter(\.assessment.isPositive)
    let marked = positives.filter { !$0.regions.isEmpty }
    var picture = FindingPicture(
      display: first.display, heat: nil, regions: [],
      caption: Self.caption(positives, of: first.assessment))
    for (index, finding) in positives.enumerated() {
      let colour = Self.colours[index % Self.colours.count]
      picture.captionColours.append(colour)
      picture.outlines += finding.regions.map { ($0.mask, colour) }
    }
    let rendered = picture.rendered()
    var written = [try preview(rendered, target)]
    guard !positives.isEmpty else { return written }
    if !marked.isEmpty {
      let segments = marked.enumerated().map { index, finding in
        segment(finding, number: index + 1, target)
      }
      written.append(try segmentation(segments, [instance], target))
    }
    let annotation = GrayscalePresentationState.Annotation(
      source: 0, frame: first.frame,
      outlines: marked.flatMap { $0.regions.flatMap { outlines($0.mask) } },
      notes: positives.map { note($0.assessment, at: $0.regions.first?.box) })
    written.append(try presentation([annotation], [instance], target))
    written.append(try capture(rendered, of: instance, frame: first.frame, target))
    return written
  }

  /// In file names and UIDs, where a label of one finding stands otherwise.
  private static let panelLabel = "findings"

  private static let colours = [
    RGB(255, 220, 60), RGB(70, 170, 255), RGB(255, 90, 90), RGB(64, 255, 128), RGB(230, 110, 255),
    RGB(255, 150, 40), RGB(60, 230, 230), RGB(200, 200, 120), RGB(170, 140, 255),
    RGB(240, 240, 240),
  ]

  private static func caption(_ positives: [FilmFinding], of model: Assessment) -> [String] {
    let lines = positives.map { finding -> String in
      let percent = Int((finding.assessment.probability * 100).rounded())
      return "\(finding.assessment.label.uppercased()) P \(percent)%"
    }
    return (lines.isEmpty ? ["NO FINDING ABOVE ITS OPERATING POINT"] : lines)
      + (model.isExperimental == true ? ["EXPERIMENTAL"] : [])
  }

  /// All regions of a label as one segment; a side where all lie on one.
  private func segment(
    _ finding: FilmFinding, number: Int, _ target: Target
  ) -> SegmentationObject.Segment {
    let assessment = finding.assessment
    let sides = Set(finding.regions.map(\.side))
    let empty = Mask(width: finding.display.width, height: finding.display.height)
    let mask = finding.regions.reduce(empty) { $0.union($1.mask) }
    return segment(
      assessment, name: assessment.concept.meaning, number: number,
      side: sides.count == 1 ? sides.first ?? nil : nil, target: target,
      masks: [.init(source: 0, frame: finding.frame, mask: mask)])
  }
}
