import CDCMTK
import Imaging

/// A Grayscale Softcopy Presentation State (PS3.3 A.33.1): outlines and words that a viewer lays
/// over the source images, which stay untouched.
///
/// Points are zero-based pixel indices, (0, 0) the centre of the top left pixel, as everywhere in
/// this program. The file has them in the PIXEL units of PS3.3 C.10.5, whose origin is the outer
/// corner of that pixel: half a pixel is added to each. (Displayed Area, in the same file, counts
/// whole pixels from 1.)
package struct GrayscalePresentationState: Sendable {
  /// A (sub-)pixel place: zero-based column and row.
  package struct Point: Sendable, Hashable {
    package let column: Double
    package let row: Double

    package init(column: Double, row: Double) {
      self.column = column
      self.row = row
    }
  }

  /// A text beside an outline.
  package struct Note: Sendable {
    /// ST, ASCII: label and probability.
    package let text: String
    package let anchor: Point

    package init(text: String, anchor: Point) {
      self.text = text
      self.anchor = anchor
    }
  }

  /// The annotation of one frame of one source.
  package struct Annotation: Sendable {
    package let source: Int
    /// Zero-based frame.
    package let frame: Int
    /// Polylines; repeat the first point at the end to close one.
    package let outlines: [[Point]]
    package let notes: [Note]

    package init(source: Int, frame: Int = 0, outlines: [[Point]], notes: [Note]) {
      self.source = source
      self.frame = frame
      self.outlines = outlines
      self.notes = notes
    }
  }

  package let sources: [Sensitive<String>]
  package let annotations: [Annotation]
  package let identity: ObjectIdentity
  package let producer: Producer
  /// Display window in units after the modality LUT; nil takes the source's first, if it has one.
  package let window: DisplayWindow?

  package init(
    sources: [Sensitive<String>], annotations: [Annotation], identity: ObjectIdentity,
    producer: Producer, window: DisplayWindow? = nil
  ) {
    self.sources = sources
    self.annotations = annotations
    self.identity = identity
    self.producer = producer
    self.window = window
  }
}

/// Window Center and Window Width (PS3.3 C.11.2).
package struct DisplayWindow: Sendable, Hashable {
  package let center: Double
  package let width: Double

  package init(center: Double, width: Double) {
    self.center = center
    self.width = width
  }
}
