/// What an optimizer is and its constants, as written in a recipe.
///
/// The optional fields came later: a recipe without them means what it always did, and its digest
/// is the same.
package struct OptimizerSettings: Sendable, Codable, Hashable {
  package enum Kind: String, Sendable, Codable, CaseIterable {
    /// Kingma and Ba 2015, bias-corrected.
    case adam
    /// Loshchilov and Hutter 2019: Adam whose decay stays apart from the gradient.
    case adamW = "adamw"
    /// Liu et al. 2020: Adam whose first steps are plain, until the second moment can be trusted.
    case radam
    /// `v = momentum v + g`, `p -= rate v`; no dampening, not Nesterov.
    case sgd
  }

  package enum DecayForm: String, Sendable, Codable {
    /// Added to the gradient, after clipping: `g + decay p`.
    case coupled
    /// Apart from it, before the update: `p *= 1 - rate decay`.
    case decoupled
  }

  /// Which program RAdam follows. The moments and the step are the same in both.
  package enum RAdamVariant: String, Sendable, Codable {
    /// The authors' code: rectified from `rho >= 5`, decoupled decay.
    case reference
    /// `torch.optim.RAdam`: rectified from `rho > 5`, coupled decay.
    case torch
  }

  package enum DecayScope: String, Sendable, Codable {
    /// Only tensors of rank 2 and more: biases and normalisation scales do not decay.
    case matrices
    /// Every parameter, as PyTorch does by itself.
    case all
  }

  /// How the parameters of some names differ from the rest.
  package struct Group: Sendable, Codable, Hashable {
    /// A name, where each `*` stands for any characters or none: "*.bias", "head.*".
    package var match: String
    /// Factor of the rate, 0 for parameters that stay as they are; nil is 1.
    package var rate: Double?
    /// Decay of these parameters whatever their rank; nil leaves the common rule.
    package var weightDecay: Double?

    package init(match: String, rate: Double? = nil, weightDecay: Double? = nil) {
      self.match = match
      self.rate = rate
      self.weightDecay = weightDecay
    }
  }

  package var kind: Kind
  package var rate: Double
  package var beta1: Double
  package var beta2: Double
  package var epsilon: Double
  package var momentum: Double
  package var weightDecay: Double
  /// nil takes the kind's own form, see `decayForm`.
  package var decay: DecayForm?
  /// nil is `.matrices`.
  package var decayScope: DecayScope?
  /// Of RAdam; nil is `.reference`.
  package var variant: RAdamVariant?
  /// The first that matches a name holds for it.
  package var groups: [Group]?
  /// The most length that the gradient of all parameters together may have; longer ones are
  /// scaled down to it.
  package var clipNorm: Double?
  /// The most magnitude of any element of the gradient.
  package var clipValue: Double?

  package init(
    kind: Kind, rate: Double, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    momentum: Double = 0.9, weightDecay: Double = 0
  ) {
    self.kind = kind
    self.rate = rate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.momentum = momentum
    self.weightDecay = weightDecay
  }
}

extension OptimizerSettings {
  /// The form of decay in force: what is asked for, or that of the kind.
  package var decayForm: DecayForm {
    if let decay { return decay }
    switch kind {
    case .adam, .sgd: return .coupled
    case .adamW: return .decoupled
    case .radam: return variant == .torch ? .coupled : .decoupled
    }
  }

  /// The first group that a parameter belongs to.
  package func group(of name: String) -> Group? { groups?.first { $0.matches(name) } }

  /// The decay of a parameter by its name and rank.
  func weightDecay(of name: String, rank: Int) -> Double {
    if let own = group(of: name)?.weightDecay { return own }
    return rank > 1 || decayScope == .all ? weightDecay : 0
  }

  /// Whether the numbers lie where the laws are defined, and none contradicts another.
  var isWithinBounds: Bool {
    let shares = 0.0..<1
    let amounts = { (value: Double) in value >= 0 && value.isFinite }
    let limits = { (value: Double?) in value.map { $0 > 0 && $0.isFinite } ?? true }
    return limits(rate) && shares.contains(beta1) && shares.contains(beta2)
      && amounts(epsilon) && amounts(momentum) && amounts(weightDecay)
      && limits(clipNorm) && limits(clipValue) && (clipNorm == nil || clipValue == nil)
      && !(kind == .adamW && decay == .coupled) && (kind == .radam || variant == nil)
      && (groups ?? []).allSatisfy {
        amounts($0.rate ?? 1) && amounts($0.weightDecay ?? 0)
      }
  }
}

extension OptimizerSettings.Group {
  /// Whether a name is one of these.
  package func matches(_ name: String) -> Bool {
    let parts = match.split(separator: "*", omittingEmptySubsequences: false)
    guard let head = parts.first, let tail = parts.last, parts.count > 1 else {
      return name == match
    }
    guard name.hasPrefix(head), name.count >= head.count + tail.count, name.hasSuffix(tail) else {
      return false
    }
    var rest = name.dropFirst(head.count).dropLast(tail.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }
}
