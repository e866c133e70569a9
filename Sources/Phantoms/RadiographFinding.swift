/// What a film of several findings can show (methods B.2). Their truths may overlap: an opacity
/// behind an enlarged heart belongs to both.
package enum RadiographFinding: String, Sendable, Hashable, Codable, CaseIterable {
  case opacity
  case effusion
  case cardiomegaly
  case pneumothorax
  case device

  /// Shares of films that keep each class common and most films with one or two.
  package static let rates: [RadiographFinding: Double] = [
    .opacity: 0.30, .effusion: 0.30, .cardiomegaly: 0.25, .pneumothorax: 0.25, .device: 0.35,
  ]
}

extension RadiographConfounder {
  /// Whether it is a support device: part of the truth of `.device` where findings are asked for.
  var isDevice: Bool { self == .chestTube || self == .leads || self == .catheter }
}
