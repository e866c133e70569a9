import Foundation
import Localization
import Networks

/// The three-step method (Viniavskyi, Dobko, Dobosevych 2020) as data: classifier and maps, seeds
/// and affinities, segmentation. A file that a person can read and change.
package struct ChainRecipe: Sendable, Codable {
  package var name: String
  package var version: String
  /// Goes into the model as it is: whether its scores are experimental.
  package var experimental: Bool?
  package var modalities: [String]
  package var label: ModelDescription.Label
  /// Further columns that the classifier is trained along with, cut off at the end.
  package var auxiliary: [String]?
  /// Weight of each auxiliary column, where the label has 1; nil shares 1 among them.
  package var auxiliaryWeight: Double?
  package var preparation: ImagePreparation
  /// Name of the lung model whose mask the preparation uses; nil for a preparation without lungs.
  package var lungModel: String?
  /// What is learned from where no data are given: `train`, `validation`, and `test` for figures.
  package var sources: [Recipe.Source]
  package var seed: UInt64
  package var targetSensitivity: Double
  package var allowNonCommercial: Bool?
  package var classifier: Learning
  package var maps: Maps
  package var seeds: Seeds
  package var affinity: Affinity
  package var walk: RandomWalk.Settings
  package var segmentation: Segmentation
}

extension ChainRecipe {
  /// How one network of the chain is trained; the fields are those of `Recipe`.
  package struct Learning: Sendable, Codable {
    /// nil where the chain derives it.
    package var network: NetworkSpec?
    package var batch: Int
    package var microBatch: Int?
    package var epochs: Int
    package var stepsPerEpoch: Int
    package var validateEvery: Int?
    package var checkpointEvery: Int?
    package var positiveShare: Double?
    package var optimizer: OptimizerSettings
    package var schedule: RateSchedule
    package var augmentation: Augmentation
    package var averageDecay: Double?
    package var averageWarming: Bool?
    package var dropBlock: DropBlockSettings?
    package var loss: SegmentationLoss?
  }

  /// Step 1: where the classifier looks.
  package struct Maps: Sendable, Codable {
    /// A localizer, such as "grad-cam++".
    package var method: String
    /// The tap that it is taken at; nil for the method's own.
    package var layer: String?
    /// Scales and mirroring that maps are averaged over; nil takes one map as it is.
    package var averaging: MapAveraging?
    /// Whether maps, also those that the walk has spread, count only inside the lung mask, where
    /// there is one.
    package var insideLung: Bool?
    /// Other localizers, measured beside it.
    package var compared: [String]?
  }

  /// Step 2a: where the maps are believed.
  package struct Seeds: Sendable, Codable {
    /// Shares of a map's peak: a cell above the first is taken for the label, one below the second
    /// for background, before the dense CRF (Ahn 2019: .30 and .05).
    package var foreground: Double
    package var background: Double
    /// nil for the published weights.
    package var crf: DenseCRF.Settings?
    /// Whether the extents and weights of the CRF follow the input's size; nil: yes. As published
    /// they erase small objects on small pictures.
    package var scalesCRF: Bool?
  }

  /// Step 2b: IRNet over the classifier's own maps, which stay as they are.
  package struct Affinity: Sendable, Codable {
    /// Without a network of its own.
    package var learning: Learning
    /// Channels of the boundary head and of the displacement head.
    package var edgeWidth: Int
    package var width: Int
    /// Of pairs in training, in cells of the grid, which has a cell for 4 x 4 of the input.
    package var radius: Int
  }

  /// Step 3.
  package struct Segmentation: Sendable, Codable {
    package var learning: Learning
    /// Weight of positive cells in the loss from their share in the pseudo-masks,
    /// `SegmentationLoss.balancingWeight`; the loss of `learning` must not name one then.
    package var balances: Bool?
    /// Cut of the probability.
    package var threshold: Double
    package var filter: RegionFilter
    /// Whether the same network is also trained on drawn truth, as the ceiling of the figures.
    package var ceiling: Bool?
  }
}
