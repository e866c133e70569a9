import Foundation
import Networks
import Phantoms

/// Everything that decides a training run, as data: `models/<name>/recipe.json`.
package struct Recipe: Sendable, Codable {
  package enum Task: String, Sendable, Codable {
    case classification
    case segmentation
    /// IRNet's heads over a trunk that stays as it is: boundaries and displacements from seeds.
    case affinity
    /// Vectors that tell pictures apart, from two views of each (momentum contrast).
    case contrast
    /// Classes of cells and of whole tiles.
    case tiles
    /// A generator against a critic.
    case adversarial
  }

  /// Where samples come from and what they are used for.
  package struct Source: Sendable, Codable, Hashable {
    package enum Kind: String, Sendable, Codable {
      case radiographPhantoms = "radiograph-phantoms"
      case tomographPhantoms = "ct-phantoms"
      case pictures
      /// A data set of `DatasetKind`: the one that the command line gives, or that of `folder`.
      case data
    }
    package enum Use: String, Sendable, Codable {
      case train
      case validation
      /// Measured at the end, never looked at before.
      case test
    }

    package var kind: Kind
    package var use: Use
    /// Share of training batches that this source gives, relative to the others.
    package var weight: Double
    /// Share of positives in what is drawn from this source; nil takes the recipe's.
    package var positiveShare: Double?
    /// Whether an item is followed by one of the same patient and the other class, where there is
    /// one, augmented in the same way; nil: no. Without it a class is learned across patients alone.
    package var matched: Bool?
    /// Phantoms: seed, first index, how many, and side in pixels.
    package var seed: UInt64?
    package var first: Int?
    package var count: Int?
    package var size: Int?
    /// Phantoms of radiographs: the share of films with each finding, by name; nil makes films of
    /// pneumothorax alone.
    package var findings: [String: Double]?
    /// Phantoms with findings: the share of labels that a report leaves open.
    package var uncertain: Double?
    /// Whether its drawn masks are trained on, as an expert's; nil: no, its image labels alone.
    package var annotated: Bool?
    /// CT phantoms: pictures are slices out of series of so many; nil makes slices by themselves.
    package var slices: Int?
    /// CT phantoms: what lesions may be, each as likely, and the least and largest diameter of nodules
    /// in mm; nil makes the mixture of `CTPhantom.Options`.
    package var lesions: [CTLesionKind]?
    package var diameters: [Double]?
    /// Pictures: the list relative to the corpus, and which of its rows.
    package var list: String?
    package var split: String?
    package var licences: [String]?
    /// Only rows whose file begins with one of these.
    package var prefixes: [String]?
    /// Data: the folder and its `list`, relative to the corpus, what is there (nil guesses), and
    /// how strict to be; nil takes what the command line gives.
    package var folder: String?
    package var dataset: DatasetKind?
    package var rules: DatasetRules?

    package init(
      kind: Kind, use: Use, weight: Double = 1, seed: UInt64? = nil, count: Int? = nil,
      size: Int? = nil
    ) {
      self.kind = kind
      self.use = use
      self.weight = weight
      self.seed = seed
      self.count = count
      self.size = size
    }
  }

  package var name: String
  package var version: String
  package var task: Task
  package var modalities: [String]
  package var labels: [ModelDescription.Label]
  /// Further columns trained along with the labels and cut off at the end.
  package var auxiliary: [String]
  /// Weight of each auxiliary column in the loss, where a label has 1; nil shares 1 among them.
  package var auxiliaryWeight: Double?
  package var network: NetworkSpec
  package var preparation: ImagePreparation
  /// Name of the lung model beside this one whose mask the preparation uses on pictures.
  package var lungModel: String?
  package var sources: [Source]
  package var batch: Int
  /// Pictures of a step that lie in memory together; divides `batch`. nil: the whole batch. The
  /// gradient is the mean over such parts (`MicroBatches`).
  package var microBatch: Int?
  package var epochs: Int
  package var stepsPerEpoch: Int
  /// Validation runs after every so many epochs, and after the last.
  package var validateEvery: Int
  /// The state is saved after every so many steps within an epoch; nil: only after each epoch, and
  /// when stopped.
  package var checkpointEvery: Int?
  package var positiveShare: Double?
  package var optimizer: OptimizerSettings
  package var schedule: RateSchedule
  package var augmentation: Augmentation
  /// Decay of the running average of the weights; nil trains without one.
  package var averageDecay: Double?
  /// Whether the average has a shorter memory at the start; nil: yes.
  package var averageWarming: Bool?
  package var seed: UInt64
  package var targetSensitivity: Double
  package var mapMethod: String
  /// Whether pictures under a licence that forbids commercial use may be trained on; nil: no.
  package var allowNonCommercial: Bool?
  /// What uncertain image labels count as; nil: they are not trained on.
  package var uncertain: UncertainLabels?
  /// Of segmentation networks; nil: cross-entropy plus soft Dice.
  package var loss: SegmentationLoss?
  /// Squares that training drops; nil drops none.
  package var dropBlock: DropBlockSettings?
  /// Goes into the model as it is: whether its scores are experimental.
  package var experimental: Bool?
  /// CT: how pictures of 8 bits are read; nil refuses them. Goes into the model.
  package var slicePictures: SlicePictures?
}

extension Recipe {
  /// Throws `TrainingError(.recipe)` when the file is not a recipe or asks for the impossible.
  package static func load(path: String) throws -> Recipe {
    guard let data = FileManager.default.contents(atPath: path),
      let recipe = try? JSONDecoder().decode(Recipe.self, from: data)
    else { throw TrainingError(.recipe) }
    try recipe.check()
    return recipe
  }
}
