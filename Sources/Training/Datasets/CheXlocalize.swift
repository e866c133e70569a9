import Foundation
import Imaging

/// The outlines of CheXlocalize (Saporta et al. 2022): `gt_segmentations_*.json` with run lengths, or
/// `gt_annotations_*.json` with polygons, for each image by task.
struct CheXlocalize: Sendable {
  /// By image: `patient64541_study1_view1_frontal`, then by task in plain letters.
  private(set) var outlines: [String: [String: Outline]] = [:]
  /// SHA-256 of the files.
  private(set) var digest = ""

  struct Outline: Sendable {
    let width: Int
    let height: Int
    fileprivate let shape: Shape

    fileprivate enum Shape: Sendable {
      case runs([Int])
      case polygons([Contour])
    }

    /// nil for runs that do not fill the picture. Polygons are filled with their borders, as
    /// the authors fill them.
    var mask: Mask? {
      switch shape {
      case .runs(let runs): return RunLengthMask.mask(runs, width: width, height: height)
      case .polygons(let polygons):
        return polygons.reduce(Mask(width: width, height: height)) {
          $0.union(Mask(width: width, height: height, scanning: $1))
        }
      }
    }
  }

  /// The files of this form below folders, in the order of their names; run lengths go before
  /// polygons of the same image and task.
  ///
  /// Throws `TrainingError(.annotation)` with the number of the file that is of neither form.
  init(folders: [String]) throws {
    var digests: [String] = []
    for form in ["gt_annotations", "gt_segmentations"] {
      for folder in folders {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names.sorted() where name.hasPrefix(form) && name.hasSuffix(".json") {
          let number = digests.count + 1
          guard let bytes = try? AtomicFile.read(folder + "/" + name, limit: 1 << 30),
            let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
          else { throw TrainingError(.annotation, index: number) }
          digests.append(SHA256.hex(of: bytes))
          for (image, tasks) in object {
            guard let tasks = tasks as? [String: Any],
              let read = form == "gt_segmentations" ? Self.runs(tasks) : Self.polygons(tasks)
            else { throw TrainingError(.annotation, index: number) }
            outlines[image, default: [:]].merge(read) { _, new in new }
          }
        }
      }
    }
    digest = SHA256.hex(ofText: digests.joined(separator: "|"))
  }

  private static func size(_ value: Any?) -> (height: Int, width: Int)? {
    guard let numbers = value as? [Int], numbers.count == 2,
      numbers.allSatisfy({ (1...65_535).contains($0) })
    else { return nil }
    return (numbers[0], numbers[1])
  }

  private static func runs(_ tasks: [String: Any]) -> [String: Outline]? {
    var read: [String: Outline] = [:]
    for (task, value) in tasks {
      guard let entry = value as? [String: Any], let size = size(entry["size"]) else { return nil }
      let runs: [Int]?
      if let text = entry["counts"] as? String {
        runs = RunLengthMask.runs(text)
      } else {
        runs = entry["counts"] as? [Int]
      }
      guard let runs else { return nil }
      read[LabelMatch.plain(task)] = Outline(
        width: size.width, height: size.height, shape: .runs(runs))
    }
    return read
  }

  private static func polygons(_ tasks: [String: Any]) -> [String: Outline]? {
    guard let size = size(tasks["img_size"]) else { return nil }
    var read: [String: Outline] = [:]
    for (task, value) in tasks where task != "img_size" {
      guard let lists = value as? [[[Double]]],
        lists.allSatisfy({ $0.allSatisfy { $0.count == 2 } })
      else { return nil }
      let polygons = lists.filter { !$0.isEmpty }.map { points in
        Contour(points: points.map { Contour.Point(column: $0[0], row: $0[1]) })
      }
      read[LabelMatch.plain(task)] = Outline(
        width: size.width, height: size.height, shape: .polygons(polygons))
    }
    return read
  }
}
