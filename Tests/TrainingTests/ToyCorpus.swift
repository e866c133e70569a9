import Foundation
import Imaging
import Networks
import Training

/// A folder of small pictures, half with a bright square, and a list of them: something that a
/// network learns in seconds and a map must find.
struct ToyCorpus {
  let folder: String
  /// Square of each picture file, nil for negatives.
  private(set) var squares: [String: PixelBox] = [:]

  static let side = 24

  init(count: Int = 64) throws {
    folder = NSTemporaryDirectory() + "toy-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var random = SeededRandom(seed: 3, stream: 3)
    var lines = ["file,toy,split,patient_id,licence"]
    for index in 0..<count {
      var image = Image(width: Self.side, height: Self.side)
      for cell in image.pixels.indices { image.pixels[cell] = Float(random.uniform(0, 0.6)) }
      let file = "p\(index).png"
      if index % 2 == 1 {
        let box = PixelBox(
          column: random.integer(below: Self.side - 6), row: random.integer(below: Self.side - 6),
          width: 6, height: 6)
        for row in box.row..<box.row + 6 {
          for column in box.column..<box.column + 6 { image[row, column] += 0.35 }
        }
        squares[file] = box
      }
      try PNG.write(GreyPicture(image), to: folder + "/" + file)
      lines.append("\(file),\(index % 2),\(index < count * 3 / 4 ? "train" : "val"),\(index),own")
    }
    try lines.joined(separator: "\n").write(
      toFile: folder + "/labels.csv", atomically: true, encoding: .utf8)
  }

  func remove() { try? FileManager.default.removeItem(atPath: folder) }

  static func recipe(epochs: Int) throws -> Recipe {
    let text = """
      {"name": "toy", "version": "1", "task": "classification", "modalities": ["CR"],
       "labels": [{"name": "toy", "display": "Toy"}], "auxiliary": [],
       "network": {"kind": "vgg-gap", "inChannels": 1, "widths": [[6], [8, 8]], "outputs": 1,
                   "batchNorm": true},
       "preparation": {"width": 24, "height": 24, "crop": "full-frame", "cropMargin": 0,
                       "fit": "pad", "normalisation": "lung-median", "low": 0.3, "high": 0.7,
                       "lungOnly": false, "channels": ["intensity"]},
       "sources": [
         {"kind": "pictures", "use": "train", "weight": 1, "list": "labels.csv",
          "split": "train", "licences": ["own"]},
         {"kind": "pictures", "use": "validation", "weight": 1, "list": "labels.csv",
          "split": "val"}],
       "batch": 8, "epochs": \(epochs), "stepsPerEpoch": 12, "validateEvery": \(max(1, epochs)),
       "positiveShare": 0.5,
       "optimizer": {"kind": "adam", "rate": 0.01, "beta1": 0.9, "beta2": 0.999,
                     "epsilon": 1e-8, "momentum": 0.9, "weightDecay": 0},
       "schedule": {"kind": "cosine", "power": 0.9, "every": 1, "factor": 0.1, "warmup": 0,
                    "floor": 0},
       "augmentation": {"shift": 0.05, "scale": 0, "rotation": 0, "brightness": 0,
                        "contrast": 0, "gamma": 0, "noise": 0, "mirror": 0.5},
       "averageDecay": 0.8, "seed": 11, "targetSensitivity": 0.9, "mapMethod": "cam"}
      """
    return try JSONDecoder().decode(Recipe.self, from: Data(text.utf8))
  }
}
