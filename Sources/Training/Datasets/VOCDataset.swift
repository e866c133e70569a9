import DICOM
import Foundation
import Imaging

/// The twenty classes of PASCAL VOC in the order of their palette index, 1 ... 20.
package enum VOCClasses {
  package static let names = [
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train",
    "tvmonitor",
  ]
  /// Index of pixels that nobody judged.
  package static let void: UInt8 = 255
}

/// The class of each pixel: `values[row * width + column]`, 0 background, 255 not judged.
package struct ClassMap: Sendable, Equatable {
  package let width: Int
  package let height: Int
  package let values: [UInt8]

  package init(width: Int, height: Int, values: [UInt8]) {
    precondition(values.count == width * height)
    self.width = width
    self.height = height
    self.values = values
  }

  /// Where one class is; pixels that nobody judged are not.
  package func mask(of index: UInt8) -> Mask {
    Mask(width: width, height: height, bits: values.map { $0 == index ? 1 : 0 })
  }
}

/// PASCAL VOC 2012 with the masks of SBD where they lie beside it (methods C.5).
///
/// Pictures are read as grey, as every picture here. The image labels are the objects of
/// `Annotations`; the truth is the class of the first label asked for. Splits: identifiers of the
/// list given (or `ImageSets/Segmentation/train.txt`) train, those of `val.txt` validate.
package struct VOCDataset: Dataset {
  package let kind = DatasetKind.voc
  package let items: [DatasetItem]
  package let skipped: SkipCounts
  private let root: String
  /// SBD's `cls` folder.
  private let boundaries: String?
  /// Palette index of the first label; nil where it is no class of VOC.
  private let first: UInt8?

  /// The folder that holds `JPEGImages`, for a path at or above it.
  static func root(_ path: String) -> String? {
    [path, path + "/VOC2012", path + "/VOCdevkit/VOC2012"].first {
      FileTree.isFolder($0 + "/JPEGImages") && FileTree.isFolder($0 + "/Annotations")
    }
  }

  /// Throws `TrainingError`: `datasetTree` without the folders or lists, `listRow` for a line that
  /// is no identifier, `labelsWithoutFiles` with the lines whose picture or annotation is missing,
  /// `annotation` with the line whose file cannot be read, `patientInTwoSplits` by `open`.
  init(_ request: DatasetRequest) throws {
    guard let root = Self.root(request.path) else { throw TrainingError(.datasetTree) }
    let sets = root + "/ImageSets/Segmentation/"
    let lines =
      try Self.identifiers(request.list ?? sets + "train.txt", split: .train)
      + (try Self.identifiers(sets + "val.txt", split: .validation))
    var skipped: SkipCounts = [:]
    let there = lines.map {
      FileTree.isFile("\(root)/JPEGImages/\($0.id).jpg")
        && FileTree.isFile("\(root)/Annotations/\($0.id).xml")
    }
    try request.refuseOrCount(
      zip(lines, there).filter { !$0.1 }.map { $0.0.number }, &skipped)
    let used = zip(lines, there).filter(\.1).map(\.0)
    items = try Items.map(used.count, threads: request.threads) { index, _ in
      let line = used[index]
      let objects = try Self.objects("\(root)/Annotations/\(line.id).xml", line: line.number)
      return DatasetItem(
        id: line.id, patient: line.id, split: line.split.rawValue,
        labels: request.names.map { name in
          VOCClasses.names.contains(name) ? (objects.contains(name) ? 1 : 0) : nil
        }, row: line.number)
    }
    let named = Set(used.map(\.id))
    let pictures = try FileTree.paths(below: root + "/JPEGImages")
    skipped.add(.fileWithoutLabel, pictures.count { !named.contains(String($0.dropLast(4))) })
    self.skipped = skipped
    self.root = root
    boundaries = [
      root + "/cls", request.path + "/benchmark_RELEASE/dataset/cls",
      root + "/../../benchmark_RELEASE/dataset/cls",
    ].first(where: FileTree.isFolder)
    first = request.names.first.flatMap { VOCClasses.names.firstIndex(of: $0) }.map {
      UInt8($0 + 1)
    }
  }

  package func film(_ index: Int) throws -> Film {
    let item = items[index]
    let picture = try JPEG.read(path(item))
    var truth: Mask?
    if let first, let map = try classMap(index) {
      guard map.width == picture.width, map.height == picture.height else {
        throw TrainingError(.annotation, index: item.row)
      }
      truth = map.mask(of: first)
    }
    return Film(
      image: picture.image, truth: truth, labels: item.labels, patient: item.patient,
      origin: item.origin)
  }

  package func contentDigest(_ index: Int) throws -> String {
    let item = items[index]
    var parts = ["class \(first ?? 0)"]
    for path in [path(item)] + (maskFile(item).map { [$0] } ?? []) {
      guard let digest = SHA256.ofFile(path) else {
        throw TrainingError(.pictureUnreadable, index: item.row)
      }
      parts.append(digest.sha256)
    }
    return SHA256.hex(ofText: parts.joined(separator: "|"))
  }

  /// The drawn classes of one item: of VOC, or else of SBD; nil where nobody drew them. Throws
  /// `annotation` with the line.
  package func classMap(_ index: Int) throws -> ClassMap? {
    guard let file = maskFile(items[index]) else { return nil }
    do {
      let bytes = try AtomicFile.read(file, limit: 64 << 20)
      if file.hasSuffix(".mat") { return try MATFile.segmentation(bytes) }
      let picture = try PNG.decodeIndices(bytes)
      return ClassMap(width: picture.width, height: picture.height, values: picture.indices)
    } catch { throw TrainingError(.annotation, index: items[index].row) }
  }

  private func path(_ item: DatasetItem) -> String { "\(root)/JPEGImages/\(item.id.value).jpg" }

  private func maskFile(_ item: DatasetItem) -> String? {
    let own = "\(root)/SegmentationClass/\(item.id.value).png"
    let theirs = boundaries.map { "\($0)/\(item.id.value).mat" }
    return [own, theirs].compactMap { $0 }.first(where: FileTree.isFile)
  }

  private struct Line {
    let id: String
    let number: Int
    let split: DatasetSplit
  }

  /// One identifier a line: also as irn writes them, `/JPEGImages/ID.jpg /Segmentation.../ID.png`.
  private static func identifiers(_ path: String, split: DatasetSplit) throws -> [Line] {
    guard let bytes = try? AtomicFile.read(path, limit: LabelTable.limit) else {
      throw TrainingError(.datasetTree)
    }
    let text = String(decoding: bytes, as: UTF8.self)
    return try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .compactMap { index, line in
        guard let word = line.split(whereSeparator: \.isWhitespace).first else { return nil }
        var id = word.split(separator: "/").last.map(String.init) ?? ""
        if id.hasSuffix(".jpg") { id.removeLast(4) }
        let isPlain = id.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard !id.isEmpty, isPlain else { throw TrainingError(.listRow, index: index + 1) }
        return Line(id: id, number: index + 1, split: split)
      }
  }

  private static func objects(_ path: String, line: Int) throws -> Set<String> {
    guard let bytes = try? AtomicFile.read(path, limit: VOCAnnotation.limit),
      let names = VOCAnnotation.objects(bytes)
    else { throw TrainingError(.annotation, index: line) }
    return names
  }
}
