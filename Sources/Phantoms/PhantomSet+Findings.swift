import Imaging

/// Films of several findings: a column and a mask column for each.
extension PhantomSet {
  static let findingsHeader =
    (["file"] + RadiographFinding.allCases.map(\.rawValue) + ["patient_id", "split"]
    + RadiographFinding.allCases.map { $0.rawValue + "_mask" } + ["lung_mask", "confounders"])
    .joined(separator: ",")

  func writeFindings(_ index: Int) throws -> String {
    let film = RadiographPhantom(
      seed: options.seed, index: index, size: options.size, options: options.film)
    let name = String(format: "%06d.png", index)
    try write(GreyPicture(film.image), "images/\(name)")
    try write(GreyPicture(film.lungs), "lungs/\(name)")
    let masks = try RadiographFinding.allCases.map { finding in
      guard let truth = film.findings[finding] else { return "" }
      let path = "masks/\(finding.rawValue)-\(name)"
      try write(GreyPicture(truth), path)
      return path
    }
    let head = ["images/\(name)"] + masks.map { $0.isEmpty ? "0" : "1" }
    let person = [
      patientName(film.patient), Self.split(seed: options.seed, patient: film.patient),
    ]
    let marks = film.confounders.map(\.rawValue).sorted().joined(separator: " ")
    return (head + person + masks + ["lungs/\(name)", marks]).joined(separator: ",")
  }
}
