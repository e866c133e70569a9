import Glibc

/// Values of the modality to what a display shows, 0 to 1 (PS3.3 C.11.2).
enum WindowTransform {
  case linear(center: Double, width: Double)
  case linearExact(center: Double, width: Double)
  case sigmoid(center: Double, width: Double)
  case table(LookupTable)

  /// The first VOI transform of a frame; nil when it has none that is usable.
  init?(_ header: DataSet, _ groups: FunctionalGroups, isSigned: Bool, frame: Int) {
    let path = groups.path(to: .frameVOILUTSequence, frame: frame) ?? []
    if path.isEmpty, header.itemCount(.voiLUTSequence) > 0,
      let table = try? LookupTable(
        header, in: [.init(sequence: .voiLUTSequence, item: 0)], isSigned: isSigned)
    {
      self = .table(table)
      return
    }
    guard let center = header.number(.windowCenter, in: path),
      let width = header.number(.windowWidth, in: path)
    else { return nil }
    switch header.text(.voiLUTFunction, in: path) {
    case "SIGMOID" where width > 0: self = .sigmoid(center: center, width: width)
    case "LINEAR_EXACT" where width > 0: self = .linearExact(center: center, width: width)
    case _ where width >= 1: self = .linear(center: center, width: width)
    default: return nil
    }
  }

  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .linear(let center, let width):
      // C.11.2.1.2.1; a width of 1 is a threshold.
      if x <= center - 0.5 - (width - 1) / 2 { return 0 }
      if x > center - 0.5 + (width - 1) / 2 { return 1 }
      return (x - (center - 0.5)) / (width - 1) + 0.5
    case .linearExact(let center, let width):
      return min(max((x - center) / width + 0.5, 0), 1)
    case .sigmoid(let center, let width):
      return 1 / (1 + exp(-4 * (x - center) / width))
    case .table(let table):
      let index = min(max(x.rounded() - Double(table.first), 0), Double(table.values.count - 1))
      return min(table.values[Int(index)] / Double((1 << table.bits) - 1), 1)
    }
  }
}
