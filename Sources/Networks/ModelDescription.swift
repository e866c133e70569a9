/// What `model.json` says of a model: everything that scoring needs beside the weights.
package struct ModelDescription: Sendable, Hashable, Codable {
  /// What the logits mean.
  package enum Task: String, Sendable, Hashable, Codable {
    /// One logit per label and image.
    case classification
    /// One logit per label and cell.
    case segmentation
  }

  /// A coded concept, such as one of SNOMED CT (PS3.3 table 8.8-1).
  package struct Code: Sendable, Hashable, Codable {
    package var value: String
    /// Coding scheme designator, such as "SCT".
    package var scheme: String
    package var meaning: String

    package init(value: String, scheme: String, meaning: String) {
      self.value = value
      self.scheme = scheme
      self.meaning = meaning
    }
  }

  /// What one logit speaks of.
  package struct Label: Sendable, Hashable, Codable {
    /// Stable machine name, such as "pneumothorax".
    package var name: String
    /// For people.
    package var display: String
    package var code: Code?
    /// Segmented Property Category of the code (PS3.3 C.8.20.2); nil: morphologically abnormal
    /// structure.
    package var category: Code?
    /// Where it lies, without side; nil: lung.
    package var anatomicRegion: Code?
    /// Of this label alone; nil takes the model's.
    package var calibration: Calibration?
    package var operatingPoint: OperatingPoint?
    /// The cut of this label's map or probability; nil takes the model's.
    package var mapThreshold: Double?

    package init(name: String, display: String, code: Code? = nil) {
      self.name = name
      self.display = display
      self.code = code
    }

    /// Whether it lies in the lungs and nowhere else: no region is named, or the lung (39607008, SCT).
    package var isInLungs: Bool {
      anatomicRegion.map { $0.value == "39607008" && $0.scheme == "SCT" } ?? true
    }
  }

  /// Platt's calibration: probability `1 / (1 + exp(a * logit + b))`.
  package struct Calibration: Sendable, Hashable, Codable {
    package var a: Double
    package var b: Double

    package init(a: Double, b: Double) {
      self.a = a
      self.b = b
    }
  }

  /// The cut of the calibrated probability that calls an image positive.
  package struct OperatingPoint: Sendable, Hashable, Codable {
    package var threshold: Double
    /// The sensitivity the threshold was chosen for.
    package var targetSensitivity: Double
    /// Measured on the validation set the threshold was chosen on.
    package var sensitivity: Double?
    package var specificity: Double?

    package init(
      threshold: Double, targetSensitivity: Double, sensitivity: Double? = nil,
      specificity: Double? = nil
    ) {
      self.threshold = threshold
      self.targetSensitivity = targetSensitivity
      self.sensitivity = sensitivity
      self.specificity = specificity
    }
  }

  /// How the map of a label is made and cut into regions.
  package struct Map: Sendable, Hashable, Codable {
    /// Name of a localizer, such as "cam".
    package var method: String
    /// The cut of the map, in the units of the method.
    package var threshold: Double
    /// Where the threshold came from: whether pixel truth had a hand in it.
    package var thresholdSource: String?
    /// The tap that a gradient map is taken at, such as "block4"; nil for the method's own choice.
    package var layer: String?
    /// Scales and mirror images that the map is averaged over.
    package var averaging: MapAveraging?

    package init(
      method: String, threshold: Double, thresholdSource: String? = nil, layer: String? = nil,
      averaging: MapAveraging? = nil
    ) {
      self.method = method
      self.threshold = threshold
      self.thresholdSource = thresholdSource
      self.layer = layer
      self.averaging = averaging
    }
  }

  /// How the slices of a CT series become one call: it has a calibration of its own, since the
  /// strongest of many slices is high by chance.
  package struct SeriesReading: Sendable, Hashable, Codable {
    /// The mean of so many strongest slices is the logit of the series.
    package var topSlices: Int
    package var calibration: Calibration
    package var operatingPoint: OperatingPoint

    package init(topSlices: Int, calibration: Calibration, operatingPoint: OperatingPoint) {
      self.topSlices = topSlices
      self.calibration = calibration
      self.operatingPoint = operatingPoint
    }
  }

  /// The only format this code reads and writes.
  package static let currentFormat = 1

  package var format = currentFormat
  package var name: String
  package var version: String
  /// Whether its maker calls its scores experimental: said wherever one is shown; nil: not stated.
  package var experimental: Bool?
  package var task: Task
  /// DICOM modalities it was made for, such as "CR", "DX", "CT".
  package var modalities: [String]
  /// One per logit, in order.
  package var labels: [Label]
  package var network: NetworkSpec
  package var preparation: ImagePreparation
  package var calibration: Calibration?
  package var operatingPoint: OperatingPoint?
  package var map: Map?
  /// Models in two parts only: the network that draws what the classifier calls.
  package var segmentation: Segmentation?
  /// Models of slices only: nodules cut out by their activation maps.
  package var nodules: Nodules?
  /// Models of slices only.
  package var series: SeriesReading?
  /// Models of slices only: how pictures of 8 bits are read; nil refuses them.
  package var slicePictures: SlicePictures?

  package init(
    name: String, version: String, task: Task, modalities: [String], labels: [Label],
    network: NetworkSpec, preparation: ImagePreparation
  ) {
    self.name = name
    self.version = version
    self.task = task
    self.modalities = modalities
    self.labels = labels
    self.network = network
    self.preparation = preparation
  }
}
