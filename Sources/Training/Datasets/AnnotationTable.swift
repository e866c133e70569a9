import DICOM
import Imaging
import Networks
import Tensors

/// The outlines that people made on the images of a tree, by image and label.
struct AnnotationTable: Sendable {
  /// By SOP Instance UID of the image; an image that any object marks is there.
  private(set) var masks: [UID: [PackedMask?]] = [:]
  /// SHA-256 of the objects that mark an image.
  private(set) var digests: [UID: [String]] = [:]
  /// Segments and regions of other labels.
  private(set) var others = 0

  /// Reads every annotation object of a tree.
  ///
  /// A segment or region is of the label whose code it bears, else of the one whose name its own name
  /// or the meaning of its code is, whatever case, spaces and signs.
  ///
  /// - Throws: `AnnotationError`; `overlap` where two segments or regions of one label share cells of
  ///   an image, with their numbers. `DICOMError`.
  init(
    _ tree: DICOMTree, names: [String], concepts: [ModelDescription.Label], reader: DCMTKReader,
    threads: Int
  ) throws {
    let objects = tree.entries.map(\.instance).filter(DCMTKReader.isAnnotation)
    guard !objects.isEmpty else { return }
    let images = Dictionary(
      tree.entries.map { ($0.instance.sopInstanceUID, $0.instance) },
      uniquingKeysWith: { first, _ in first })
    let match = LabelMatch(names: names, concepts: concepts)
    let read = try Items.map(objects.count, threads: threads, grain: 1) { index, _ in
      try reader.annotations(of: objects[index], over: images)
    }
    var drawn: [UID: [(number: Int, label: Int, mask: Mask)]] = [:]
    for (object, annotations) in zip(objects, read) {
      for annotation in annotations {
        let image = annotation.sopInstanceUID
        if masks[image] == nil {
          masks[image] = names.map { _ in nil }
          digests[image] = []
        }
        if digests[image]?.last != object.sha256 { digests[image]?.append(object.sha256) }
        guard let label = match.label(of: annotation) else {
          others += 1
          continue
        }
        for known in drawn[image] ?? []
        where known.label == label && !known.mask.intersection(annotation.mask).isEmpty {
          throw AnnotationError(
            code: .overlap, items: [known.number, annotation.number], frame: annotation.frame + 1,
            file: String(object.sha256.prefix(12)))
        }
        drawn[image, default: []].append((annotation.number, label, annotation.mask))
      }
    }
    for (image, parts) in drawn {
      for label in names.indices {
        let own = parts.filter { $0.label == label }.map(\.mask)
        guard let first = own.first else { continue }
        masks[image]?[label] = PackedMask(own.dropFirst().reduce(first) { $0.union($1) })
      }
    }
  }
}

extension AnnotationTable {
  /// By label: the outline; empty where the list says that the label is absent; nil where neither
  /// says anything. All nil for an image that no object marks.
  func truths(of image: Instance, labels: [Float?]) -> [Mask?] {
    guard let masks = masks[image.sopInstanceUID] else { return labels.map { _ in nil } }
    return zip(masks, labels).map { packed, label in
      packed?.mask
        ?? (label == .some(0) ? Mask(width: image.columns, height: image.rows) : nil)
    }
  }

  /// Whether a label is outlined that the list calls absent.
  func contradict(_ labels: [Float?], of image: Instance) -> Bool {
    guard let masks = masks[image.sopInstanceUID] else { return false }
    return zip(masks, labels).contains { $0 != nil && $1 == .some(0) }
  }
}

/// Which label an annotation speaks of.
struct LabelMatch: Sendable {
  private let names: [Set<String>]
  private let codes: [String?]

  init(names: [String], concepts: [ModelDescription.Label]) {
    let known = names.map { name in concepts.first { $0.name == name } }
    self.names = zip(names, known).map { name, concept in
      Set([name, concept?.display, concept?.code?.meaning].compactMap { $0 }.map(Self.plain))
    }
    codes = known.map { $0?.code.map { $0.scheme + "|" + $0.value } }
  }

  func label(of annotation: Annotation) -> Int? {
    if let type = annotation.type,
      let label = codes.firstIndex(of: type.scheme + "|" + type.value)
    {
      return label
    }
    let texts = [annotation.label.value, annotation.type?.meaning ?? ""].map(Self.plain)
    return names.firstIndex { own in texts.contains(where: own.contains) }
  }

  /// Letters and digits in lower case.
  static func plain(_ text: String) -> String {
    String(text.lowercased().filter { $0.isLetter || $0.isNumber })
  }
}
