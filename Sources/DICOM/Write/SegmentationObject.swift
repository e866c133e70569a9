import CDCMTK
import Imaging

/// A BINARY Segmentation Storage object (PS3.3 A.51) of regions found in images.
///
/// Radiographs get one frame per segment and mask, without Frame of Reference; CT and other
/// cross-sectional sources get a frame for each non-empty mask only, with its plane geometry.
package struct SegmentationObject: Sendable {
  /// One mask, in the pixel grid of one frame of one source.
  package struct FrameMask: Sendable {
    /// Index into `sources`.
    package let source: Int
    /// Zero-based frame of that source.
    package let frame: Int
    package let mask: PackedMask

    package init(source: Int, frame: Int = 0, mask: PackedMask) {
      self.source = source
      self.frame = frame
      self.mask = mask
    }

    package init(source: Int, frame: Int = 0, mask: Mask) {
      self.init(source: source, frame: frame, mask: PackedMask(mask))
    }
  }

  /// One segment: what it is, where, and its masks.
  package struct Segment: Sendable {
    /// LO, shown to the reader; ASCII, at most 64 characters.
    package let label: String
    package let category: CodedConcept
    package let type: CodedConcept
    /// Anatomic Region, with the side as its modifier.
    package let anatomicRegion: CodedConcept?
    /// Side of the patient; nil with a region means both lungs (no modifier is written).
    package let side: Side?
    package let trackingID: String
    package let trackingUID: UID
    package let masks: [FrameMask]

    package init(
      label: String, category: CodedConcept = .abnormalStructure, type: CodedConcept,
      anatomicRegion: CodedConcept? = .lung, side: Side?, trackingID: String, trackingUID: UID,
      masks: [FrameMask]
    ) {
      self.label = label
      self.category = category
      self.type = type
      self.anatomicRegion = anatomicRegion
      self.side = side
      self.trackingID = trackingID
      self.trackingUID = trackingUID
      self.masks = masks
    }
  }

  /// Source files, all of one study and one pixel grid.
  package let sources: [Sensitive<String>]
  package let segments: [Segment]
  package let identity: ObjectIdentity
  package let producer: Producer

  package init(
    sources: [Sensitive<String>], segments: [Segment], identity: ObjectIdentity, producer: Producer
  ) {
    self.sources = sources
    self.segments = segments
    self.identity = identity
    self.producer = producer
  }
}
