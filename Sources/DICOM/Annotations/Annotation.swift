import Imaging

/// What a person outlined on one frame of one image: a segment of a Segmentation (PS3.3 A.51), or a
/// region of interest of an RT Structure Set (PS3.3 A.19).
package struct Annotation: Sendable {
  /// Segment Number, or ROI Number.
  package let number: Int
  /// Segment Label, or ROI Name.
  package let label: Sensitive<String>
  /// Segmented Property Type, or RT ROI Identification Code; nil where there is none.
  package let type: CodedConcept?
  /// Of the image.
  package let sopInstanceUID: UID
  /// Zero-based.
  package let frame: Int
  /// In the pixels of that frame.
  package var mask: Mask
}

/// Why an annotation object cannot be used: names its segments or regions, never a patient.
package struct AnnotationError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable, CaseIterable {
    /// It refers to an image that is not there.
    case absentInstance = "annotation-of-absent-instance"
    /// Its rows and columns are not those of the image.
    case size = "annotation-size-differs"
    /// Its planes are not those of the image.
    case orientation = "annotation-orientation-differs"
    /// Two segments or regions of one label share cells.
    case overlap = "annotation-segments-overlap"
    /// A region of interest of an image without a place in the patient.
    case geometry = "annotation-without-geometry"
    /// A kind of segmentation or contour that is not read.
    case unsupported = "annotation-unsupported"
    /// A reference, a number or a code that must be there is not.
    case incomplete = "annotation-incomplete"
  }

  package let code: Code
  /// Segment Numbers or ROI Numbers at fault.
  package let items: [Int]
  /// Of the annotation object, or its number of the contour, from 1; nil where all are meant.
  package let frame: Int?
  /// The first digits of the SHA-256 of the object's file.
  package let file: String

  package init(code: Code, items: [Int], frame: Int?, file: String) {
    (self.code, self.items, self.frame, self.file) = (code, items, frame, file)
  }

  /// What to do about it.
  package var advice: String {
    switch code {
    case .absentInstance: "put the images that it was made on beside it, or take it away"
    case .size, .orientation: "export it again over the images that lie here"
    case .overlap: "each cell of a label belongs to one segment: join or part them"
    case .geometry: "outlines on films come as segmentations"
    case .unsupported: "BINARY and FRACTIONAL segmentations and CLOSED_PLANAR contours are read"
    case .incomplete: "export it again: a number or reference that it must have is missing"
    }
  }

  package var description: String {
    var text = code.rawValue + ": file " + file
    if !items.isEmpty {
      text +=
        (items.count == 1 ? ", item " : ", items ")
        + items.map(String.init).joined(separator: ", ")
    }
    return text + (frame.map { ", frame \($0)" } ?? "")
  }
}

extension DCMTKReader {
  /// Whether an object can hold annotations that are read here.
  package static func isAnnotation(_ instance: Instance) -> Bool {
    instance.sopClassUID == SOPClass.segmentation
      || instance.sopClassUID == SOPClass.labelmapSegmentation
      || instance.sopClassUID == SOPClass.structureSet
  }

  /// The annotations of a Segmentation or RT Structure Set, with a mask each, by their order in the
  /// object; segments without a cell on a frame are left out.
  ///
  /// - Parameter images: the images that may be referred to.
  /// - Throws: `AnnotationError` (but `overlap`, which depends on what labels mean), `DICOMError`.
  package func annotations(
    of object: Instance, over images: [UID: Instance]
  ) throws -> [Annotation] {
    let source = try ByteSource(path: object.path.value)
    let admitted = try Guard(limits: limits).admit(source)
    let header = try DICOMFile.header(admitted.structure, admitted.dataSet)
    if object.sopClassUID == SOPClass.structureSet {
      return try StructureSetReading(object: object, header: header, images: images).annotations()
    }
    return try SegmentationReading(object: object, header: header, images: images, reader: self)
      .annotations()
  }
}
