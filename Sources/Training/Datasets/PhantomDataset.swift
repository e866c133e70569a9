import Imaging
import Phantoms

/// Phantoms of a recipe's source: made when they are read, from numbers alone.
struct PhantomDataset: Dataset {
  let kind = DatasetKind.phantoms
  let items: [DatasetItem]
  let skipped: SkipCounts = [:]
  private let source: Recipe.Source
  private let seed: UInt64
  private let first: Int
  private let size: Int
  private let names: [String]

  /// `names`: the labels asked for, in order; phantoms without findings know the first alone, as
  /// pneumothorax.
  init(_ source: Recipe.Source, names: [String] = []) {
    self.source = source
    self.names = names
    seed = source.seed ?? 0
    first = source.first ?? 0
    size = source.size ?? 256
    items = (0..<(source.count ?? 0)).map { DatasetItem(id: "\($0)", patient: "", labels: []) }
  }

  func film(_ index: Int) throws -> Film {
    source.kind == .tomographPhantoms
      ? Self.tomograph(
        seed, first + index, size, slices: source.slices, options: source.tomographOptions)
      : radiograph(first + index)
  }

  func contentDigest(_ index: Int) throws -> String {
    var numbers = "\(source.kind.rawValue)|\(seed)|\(first + index)|\(size)|\(source.slices ?? 0)"
    if source.lesions != nil || source.diameters != nil {
      numbers += "|\(source.lesions?.map(\.rawValue) ?? [])|\(source.diameters ?? [])"
    }
    guard let rates = source.phantomFindings else {
      return SHA256.hex(ofText: numbers + "|" + Self.fingerprint)
    }
    let shares = rates.map { "\($0.key.rawValue) \($0.value)" }.sorted()
    let open = "uncertain \(source.uncertain ?? 0)"
    return SHA256.hex(
      ofText: ([numbers, Self.fingerprint, open] + shares + names).joined(separator: "|"))
  }

  /// Of what the generators make now: another generator gives other phantoms from the same
  /// numbers, and those made before must not stand for them.
  private static let fingerprint: String = {
    let films = (0..<4).flatMap { [radiograph(1, $0, 64), tomograph(1, $0, 64, slices: nil)] }
    var options = RadiographPhantom.Options()
    options.findings = RadiographFinding.rates
    let several = (0..<4).map {
      radiograph(RadiographPhantom(seed: 1, index: $0, size: 64, options: options), 1)
    }
    return SHA256.hex(ofText: (films + several).map(\.pixelDigest).joined())
  }()

  /// With findings, those that are seen are labelled 1 and the others 0, but for the share that is
  /// left open.
  private func radiograph(_ index: Int) -> Film {
    guard let rates = source.phantomFindings else { return Self.radiograph(seed, index, size) }
    var options = RadiographPhantom.Options()
    options.findings = rates
    let phantom = RadiographPhantom(seed: seed, index: index, size: size, options: options)
    let truths = names.map { name -> Mask? in
      RadiographFinding(rawValue: name).map {
        phantom.findings[$0] ?? Mask(width: size, height: size)
      }
    }
    var report = SeededRandom(seed: seed, stream: UInt64(index))
    let labels = truths.map { truth -> Float? in
      let isOpen = report.uniform() < source.uncertain ?? 0
      return truth.map { isOpen ? UncertainLabels.value : ($0.isEmpty ? 0 : 1) }
    }
    return Film(
      image: phantom.image, truths: truths, lungs: phantom.lungs, leftLung: phantom.leftLung,
      rightLung: phantom.rightLung, labels: labels,
      patient: "phantom-\(seed)-\(phantom.patient)", origin: "phantom")
  }

  private static func radiograph(_ seed: UInt64, _ index: Int, _ size: Int) -> Film {
    radiograph(RadiographPhantom(seed: seed, index: index, size: size), seed)
  }

  private static func radiograph(_ phantom: RadiographPhantom, _ seed: UInt64) -> Film {
    Film(
      image: phantom.image, truth: phantom.truth, lungs: phantom.lungs,
      leftLung: phantom.leftLung, rightLung: phantom.rightLung,
      labels: [phantom.hasPneumothorax ? 1 : 0], patient: "phantom-\(seed)-\(phantom.patient)",
      origin: "phantom")
  }

  /// With `slices`, each picture is one slice of a patient's series of so many: any slice for odd
  /// patients, one of the middle half, where the lesions are, for even ones.
  private static func tomograph(
    _ seed: UInt64, _ index: Int, _ size: Int, slices: Int?,
    options: CTPhantom.Options = .init()
  ) -> Film {
    let phantom =
      slices.map { slices in
        let half = max(1, slices / 2)
        let slice = index % 2 == 0 ? slices / 4 + index / 2 % half : index / 2 % slices
        return CTPhantom(
          seed: seed, series: index, slice: slice, of: slices, size: size, options: options)
      } ?? CTPhantom(seed: seed, slice: index, size: size, options: options)
    let truth = phantom.truth.slice(0)
    var film = Film(
      image: phantom.volume.slice(0), truth: truth, lungs: phantom.lungs.slice(0),
      leftLung: phantom.leftLung.slice(0), rightLung: phantom.rightLung.slice(0),
      labels: [truth.isEmpty ? 0 : 1], patient: "phantom-\(seed)-\(phantom.patient)",
      origin: "phantom")
    film.spacing = phantom.volume.planes[0].spacing
    return film
  }
}

extension Recipe.Source {
  /// Of CT phantoms.
  var tomographOptions: CTPhantom.Options {
    var options = CTPhantom.Options()
    if let lesions { options.kinds = lesions }
    if let diameters { options.noduleDiameters = diameters[0]...diameters[1] }
    return options
  }
}

extension Film {
  /// SHA-256 over size and decoded samples: the same for files that differ in nothing that is
  /// seen.
  var pixelDigest: String {
    let hasher = SHA256.Hasher()
    withUnsafeBytes(of: (Int64(image.width), Int64(image.height))) { hasher.update($0) }
    image.pixels.withUnsafeBytes { hasher.update($0) }
    return SHA256.hexadecimal(hasher.finish())
  }
}
