/// Stored values to the unit of the modality (PS3.3 C.11.1): Hounsfield units for CT.
enum ModalityTransform {
  case rescale(slope: Double, intercept: Double)
  case table(first: Int, values: [Double])

  /// That of one frame: its functional group, the modality LUT, or rescale; else identity.
  /// - Throws: `invalidAttribute` for a table that does not hold together.
  init(_ header: DataSet, _ groups: FunctionalGroups, _ pixels: PixelDescription, frame: Int)
    throws(DICOMError)
  {
    let macro = Tag.pixelValueTransformationSequence
    if let path = groups.path(to: macro, frame: frame),
      let slope = header.number(.rescaleSlope, in: path)
    {
      self = .rescale(slope: slope, intercept: header.number(.rescaleIntercept, in: path) ?? 0)
    } else if header.itemCount(.modalityLUTSequence) > 0 {
      let table = try LookupTable(
        header, in: [.init(sequence: .modalityLUTSequence, item: 0)], isSigned: pixels.isSigned)
      self = .table(first: table.first, values: table.values)
    } else {
      self = .rescale(
        slope: header.number(.rescaleSlope) ?? 1,
        intercept: header.number(.rescaleIntercept) ?? 0)
    }
  }

  func callAsFunction(_ stored: Int) -> Double {
    switch self {
    case .rescale(let slope, let intercept): Double(stored) * slope + intercept
    case .table(let first, let values): values[min(max(stored - first, 0), values.count - 1)]
    }
  }

  /// The outputs that a range of stored values can have.
  func range(of stored: ClosedRange<Int>) -> ClosedRange<Double> {
    switch self {
    case .rescale:
      let (a, b) = (self(stored.lowerBound), self(stored.upperBound))
      return min(a, b)...max(a, b)
    case .table(_, let values):
      return (values.min() ?? 0)...(values.max() ?? 0)
    }
  }
}

/// A modality or VOI lookup table (PS3.3 C.11.1.1, C.11.2.1).
struct LookupTable {
  let first: Int
  let values: [Double]
  let bits: Int

  init(_ dataSet: DataSet, in path: [DataSet.Step], isSigned: Bool) throws(DICOMError) {
    let descriptor = dataSet.numbers(.lutDescriptor, in: path)
    let data = dataSet.numbers(.lutData, in: path, limit: 65536)
    guard descriptor.count == 3, let entries = Int(exactly: descriptor[0]),
      let mapped = Int(exactly: descriptor[1]), let depth = Int(exactly: descriptor[2]),
      (1...16).contains(depth)
    else {
      throw DICOMError(
        .invalidAttribute, at: .attribute(.lutDescriptor), valueClass: .malformed)
    }
    let expected = entries == 0 ? 65536 : entries & 0xFFFF
    guard let values = Self.entries(data, expected) else {
      throw DICOMError(.invalidAttribute, at: .attribute(.lutData), valueClass: .tooShort)
    }
    first = isSigned && mapped > 32767 ? mapped - 65536 : mapped
    self.values = values
    bits = depth
  }

  /// One entry a word, or two entries of 8 bits in each word, the lower one first.
  private static func entries(_ data: [Double], _ expected: Int) -> [Double]? {
    if data.count >= expected { return Array(data.prefix(expected)) }
    guard data.count * 2 >= expected else { return nil }
    return (0..<expected).map { index in
      let word = Int(data[index / 2])
      return Double(index % 2 == 0 ? word & 0xFF : word >> 8 & 0xFF)
    }
  }
}
