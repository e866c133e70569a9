import Localization
import Networks

/// Few expert masks beside many image labels (CheXseg; Gadgil et al. 2021) as data: a classifier
/// and its maps, pseudo-masks, and segmentation networks that learn from a mixture of both.
///
/// Sources of use `train` with `annotated` give the expert masks; the others their image labels
/// alone, whatever is drawn on them.
package struct MixedRecipe: Sendable, Codable {
  package var name: String
  package var version: String
  /// Goes into the model as it is: whether its scores are experimental.
  package var experimental: Bool?
  package var modalities: [String]
  package var labels: [ModelDescription.Label]
  package var preparation: ImagePreparation
  /// Name of the lung model whose mask the preparation uses; nil for a preparation without lungs.
  package var lungModel: String?
  package var sources: [Recipe.Source]
  package var seed: UInt64
  package var targetSensitivity: Double
  package var allowNonCommercial: Bool?
  /// What uncertain image labels count as; nil: they are not trained on.
  package var uncertain: UncertainLabels?
  package var classifier: ChainRecipe.Learning
  package var maps: ChainRecipe.Maps
  /// A residual classifier with the trunk of the segmentation network, on the same image labels:
  /// the start `classifier`, and the trunk under IRNet. nil where no variant needs it.
  package var encoder: ChainRecipe.Learning?
  /// The start `contrastive`.
  package var contrast: Contrast?
  /// The start `imported`: an ONNX or safetensors file relative to the corpus, its tensors named as
  /// torchvision's residual networks.
  package var imported: String?
  /// Pseudo-masks of kind `affinity`.
  package var seeds: ChainRecipe.Seeds?
  package var affinity: ChainRecipe.Affinity?
  package var walk: RandomWalk.Settings?
  package var segmentation: Segmentation
}

extension MixedRecipe {
  package enum Pseudo: String, Sendable, Codable, CaseIterable {
    /// Each map over its peak, cut at one threshold a label: the one that agrees best with the expert
    /// masks of the training set.
    case threshold
    /// Otsu's threshold of each map, its holes filled: the form of the authors' code, without its
    /// cut-offs, which belong to their classifier.
    case otsu
    /// IRNet, each label by itself.
    case affinity
  }

  package enum Start: String, Sendable, Codable, CaseIterable {
    case random
    case imported
    case contrastive
    case classifier
  }

  package enum Draw: String, Sendable, Codable {
    /// An expert's mask with probability p.
    case bernoulli
    /// As the authors' code draws: p is rounded to tenths, .6 counts as .5 and .85 as .8.
    case reference
  }

  /// One segmentation network, all variants with the same `learning`.
  package struct Variant: Sendable, Codable {
    /// Letters, digits, points and dashes; the stage's folder bears it.
    package var name: String
    /// The probability p of drawing an expert's mask.
    package var expertProbability: Double?
    package var draw: Draw?
    package var pseudo: Pseudo?
    package var start: Start?
    /// How many of the expert and of the other pictures are used; nil: all.
    package var experts: Int?
    package var others: Int?
    /// Instead of masks, the logits of this variant are learned, on the pictures without expert
    /// masks.
    package var teacher: String?
  }

  package struct Segmentation: Sendable, Codable {
    package var learning: ChainRecipe.Learning
    package var variants: [Variant]
    /// The variant that goes into the model; nil: the best one on the validation samples.
    package var product: String?
    /// Of distillation; nil is 10.
    package var temperature: Double?
  }

  /// Momentum contrast (He et al. 2020) on all training pictures, without labels.
  package struct Contrast: Sendable, Codable {
    package var learning: ChainRecipe.Learning
    /// Length of the vectors that are compared.
    package var dimension: Int
    /// Keys that are kept, the oldest replaced first.
    package var queue: Int
    /// Of the key network's weights, which follow those of the queries.
    package var momentum: Double
    package var temperature: Double
  }
}
