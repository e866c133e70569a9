import Imaging

/// The body and the air inside it.
struct CTBodyAir {
  let body: MaskVolume
  /// All air inside the body, and the same without what later steps take out.
  let allAir: MaskVolume
  var air: MaskVolume
  /// The part of it emptier than each of `emptyLimits`.
  let empty: [MaskVolume]
  /// Patient x of the middle of the body, mm.
  let midline: Double

  /// Below the first a small air space is no lung, below the second a large one is none, HU.
  static let emptyLimits: [Float] = [-930, -970]

  /// Slice by slice: what is no air, with its holes filled, and thin things (couch, tubes,
  /// clothes) opened away; its largest piece is the body; air enclosed by it is inner air.
  static func find(in volume: some SliceStack, grid: CTGrid) throws -> CTBodyAir {
    var body = MaskVolume(columns: volume.columns, rows: volume.rows, slices: volume.slices)
    var air = body
    var empty = [body, body]
    var middle = (sum: 0.0, weight: 0.0)
    for slice in 0..<volume.slices {
      let image = try volume.slice(slice)
      let soft = image.blurred(sigma: 0.6)
      let tissue = Mask(soft, atLeast: CTLungs.airLimit)
      // Filled first: the chest wall of a thin patient is thinner than what is opened away.
      let opened = tissue.fillingHoles().opened(radius: min(max(1.5, 7 / grid.pixel), 100))
      let parts = Components(opened, connectivity: .faces)
      guard let largest = parts.largest(1).first else { continue }
      let filled = parts.mask(of: largest).fillingHoles()
      let inside = filled.subtracting(tissue)
      body[slice] = filled
      air[slice] = inside
      for (index, limit) in emptyLimits.enumerated() {
        empty[index][slice] = inside.subtracting(Mask(image, atLeast: limit))
      }
      if let box = filled.boundingBox {
        let x = grid.patientX(column: box.column + box.width / 2, row: box.row + box.height / 2)
        middle.sum += x * Double(inside.count)
        middle.weight += Double(inside.count)
      }
    }
    return CTBodyAir(
      body: body, allAir: air, air: air, empty: empty,
      midline: middle.weight > 0 ? middle.sum / middle.weight : 0)
  }
}
