import Networks

/// How a classifier makes its map: by what method, at which layer, averaged over what.
package struct MapMethod: Sendable {
  package let localizer: any Localizer.Type
  /// The tap that the map is taken at; nil for the method's own.
  package let layer: String?
  /// nil for the plain map.
  package let averaging: MapAveraging?

  package init(
    _ localizer: any Localizer.Type, layer: String? = nil, averaging: MapAveraging? = nil
  ) {
    self.localizer = localizer
    self.layer = layer
    self.averaging = averaging
  }

  /// By its stable name. Throws `.unknownMethod` for a name that no method bears.
  package init(_ name: String, layer: String? = nil, averaging: MapAveraging? = nil) throws {
    guard let localizer = Localizers.named(name) else { throw LocalizationError(.unknownMethod) }
    self.init(localizer, layer: layer, averaging: averaging)
  }

  /// As a model package says.
  package init(_ map: ModelDescription.Map) throws {
    try self.init(map.method, layer: map.layer, averaging: map.averaging)
  }
}
