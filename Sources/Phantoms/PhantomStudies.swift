import DICOM
import Foundation
import Imaging

/// Writes phantoms as DICOM studies with a manifest of the truth.
package struct PhantomStudies: Sendable {
  package struct Options: Sendable {
    package var kind: PhantomSet.Kind
    /// Number of studies.
    package var count: Int
    package var seed: UInt64
    /// Side of the pictures in pixels.
    package var size: Int
    package var folder: String
    /// Slices of a CT series.
    package var slices = 32
    /// Share of CT series with a pneumothorax, and then without lesions.
    package var pneumothorax = 0.0
    /// Of CT; what its pneumothorax is does not count.
    package var body = CTPhantom.Options()
    /// Of radiographs.
    package var film = RadiographPhantom.Options()
    /// What the manifest's command says beyond kind, count, seed and size.
    package var extraFlags = ""

    package init(
      kind: PhantomSet.Kind, count: Int, seed: UInt64, size: Int, folder: String
    ) {
      self.kind = kind
      self.count = count
      self.seed = seed
      self.size = size
      self.folder = folder
    }
  }

  let folder: String
  private(set) var manifest: PhantomManifest

  init(folder: String, command: String, seed: UInt64) throws {
    self.folder = folder
    manifest = PhantomManifest(command: command, seed: seed)
    try makeFolder("truth")
  }

  /// Makes `count` studies in folders of their own below `studies/`, `truth/`,
  /// `MANIFEST.json`, and of radiographs `labels.csv`, as a hospital lists its studies.
  @discardableResult
  package static func write(
    _ options: Options, progress: (Int) -> Void = { _ in }
  ) throws -> PhantomManifest {
    var studies = try PhantomStudies(
      folder: options.folder,
      command: "pleura phantom --format dicom --kind \(options.kind.rawValue)"
        + " --count \(options.count) --seed \(options.seed) --size \(options.size)"
        + (options.kind == .computedTomography ? " --slices \(options.slices)" : "")
        + (options.pneumothorax > 0 ? " --pneumothorax \(options.pneumothorax)" : "")
        + options.extraFlags,
      seed: options.seed)
    var labels = Self.labelHeader + "\n"
    for index in 0..<options.count {
      let name = String(format: "%@-%05d", options.kind.rawValue, index)
      switch options.kind {
      case .radiograph:
        let style = RadiographStudy.style(seed: options.seed, index: index)
        let study = RadiographStudy(
          seed: options.seed, index: index, size: options.size, style: style,
          options: options.film)
        try studies.add(study, name: name)
        labels += studies.label(of: study, seed: options.seed) + "\n"
      case .computedTomography:
        var style = CTStudy.Style()
        style.signed = index % 3 == 2
        let air = CTPhantom.Pneumothorax(
          seed: options.seed, index: index, share: options.pneumothorax)
        var body = options.body
        body.pneumothorax = air
        try studies.add(
          CTStudy(
            seed: options.seed, index: index, size: options.size, slices: options.slices,
            hasLesions: air == nil ? nil : false, style: style, options: body), name: name)
      }
      progress(index + 1)
    }
    if options.kind == .radiograph {
      try AtomicFile.write(labels, to: "\(options.folder)/labels.csv")
    }
    try studies.finish()
    return studies.manifest
  }

  private static let labelHeader =
    "file,StudyInstanceUID,AccessionNumber,pneumothorax,patient_id,split,mask,side,size_share"

  /// The row of `labels.csv` of the study added last.
  private func label(of study: RadiographStudy, seed: UInt64) -> String {
    let file = manifest.files[manifest.files.count - 1]
    return [
      file.path, study.studyInstanceUID.value, study.accessionNumber,
      study.film.hasPneumothorax ? "1" : "0",
      PhantomPeople.identifier(seed: seed, number: study.film.patient),
      PhantomSet.split(seed: seed, patient: study.film.patient), file.truth ?? "",
      file.side ?? "", String(format: "%.4f", study.film.sizeShare),
    ].joined(separator: ",")
  }

  mutating func add(_ study: RadiographStudy, name: String) throws {
    try makeFolder("studies/\(name)")
    let path = "studies/\(name)/image.dcm"
    try study.write(to: "\(folder)/\(path)")
    manifest.files.append(
      try study.entry(path: path, truth: "truth/\(name).png", folder: folder))
  }

  /// `splitAfter` puts the later slices into a second folder.
  mutating func add(_ study: CTStudy, name: String, splitAfter: Int? = nil) throws {
    for slice in 0..<study.sliceCount {
      let part = splitAfter.map { slice < $0 ? "\(name)-part1" : "\(name)-part2" } ?? name
      try makeFolder("studies/\(part)")
      let path = String(format: "studies/%@/slice-%03d.dcm", part, slice + 1)
      try study.write(slice: slice, to: "\(folder)/\(path)")
      manifest.files.append(
        try study.entry(
          slice: slice, path: path,
          truth: String(format: "truth/%@-%03d.png", name, slice + 1), folder: folder))
    }
  }

  /// A byte-for-byte copy of a file of the set, or its first part when `keeping` is below 1.
  mutating func addCopy(of number: Int, path: String, keeping share: Double = 1) throws {
    var file = manifest.files[number]
    try makeFolder((path as NSString).deletingLastPathComponent)
    let bytes = try AtomicFile.read("\(folder)/\(file.path)")
    let kept = Int(Double(bytes.count) * share)
    try AtomicFile.write(Array(bytes.prefix(kept)), to: "\(folder)/\(path)")
    file.note =
      share < 1
      ? "the first \(kept) of \(bytes.count) bytes of \(file.path)" : "a copy of \(file.path)"
    file.path = path
    file.expected = share < 1 ? .broken : .duplicate
    file.truth = nil
    manifest.files.append(file)
  }

  /// A presentation state over one file of the set: an object without pixels.
  mutating func addPresentationState(of number: Int, path: String) throws {
    var file = manifest.files[number]
    try makeFolder((path as NSString).deletingLastPathComponent)
    let corner = GrayscalePresentationState.Point(column: 8, row: 16)
    let identity = ObjectIdentity(
      sopInstanceUID: UID.derived(from: ["phantom", "gsps", file.sopInstanceUID]),
      seriesInstanceUID: UID.derived(from: ["phantom", "gsps-series", file.sopInstanceUID]),
      seriesNumber: 99, date: "20260101", time: "110000")
    try GrayscalePresentationState(
      sources: [Sensitive("\(folder)/\(file.path)")],
      annotations: [
        .init(
          source: 0, outlines: [],
          notes: [.init(text: "Synthetic film", anchor: corner)])
      ],
      identity: identity,
      producer: Producer(
        softwareVersion: "0.1", algorithmName: "phantom", algorithmVersion: "1",
        modelDigest: "none")
    ).write(to: "\(folder)/\(path)")
    file.note = "presentation state of \(file.path)"
    file.path = path
    file.expected = .nonImage
    file.sopInstanceUID = identity.sopInstanceUID.value
    file.modality = "PR"
    file.transferSyntaxUID = OutputSyntax.explicitLittleEndian.rawValue
    file.photometricInterpretation = ""
    file.truth = nil
    file.label = ""
    file.side = nil
    file.truthPixels = 0
    file.truthSquareMillimetres = nil
    manifest.files.append(file)
  }

  func finish() throws { try manifest.write(to: "\(folder)/MANIFEST.json") }

  private func makeFolder(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
  }
}
