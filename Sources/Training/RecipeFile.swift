import Foundation

/// Finds a recipe and changes single fields of it, before it is read as what it is.
package struct RecipeFile: Sendable {
  package let path: String
  /// The file with the changes, as JSON.
  package let data: Data

  /// - Parameters:
  ///   - place: a path, or the name of a folder below `models` that holds "recipe.json", or with
  ///     `configuration` "recipe-<configuration>.json".
  ///   - changes: "a.b.c=JSON": the value at that path of fields, numbers being places of a list;
  ///     "null" takes a field out. What is not JSON counts as a string.
  /// Throws `TrainingError(.recipe)` for a file that is not there or not JSON, and for a change
  /// (by its number) whose path does not lead anywhere.
  package init(
    _ place: String, configuration: String?, models: String, changes: [String] = []
  ) throws {
    let manager = FileManager.default
    var path = place
    var isFolder: ObjCBool = false
    if !manager.fileExists(atPath: place, isDirectory: &isFolder) || isFolder.boolValue {
      let file = "/recipe" + (configuration.map { "-" + $0 } ?? "") + ".json"
      path = manager.fileExists(atPath: place + file) ? place + file : models + "/" + place + file
    } else if configuration != nil {
      throw TrainingError(.recipe)
    }
    guard let bytes = manager.contents(atPath: path),
      var object = try? JSONSerialization.jsonObject(with: bytes)
    else { throw TrainingError(.recipe) }
    for (index, change) in changes.enumerated() {
      guard let split = change.firstIndex(of: "=") else {
        throw TrainingError(.recipe, index: index)
      }
      let keys = change[..<split].split(separator: ".").map(String.init)
      let text = String(change[change.index(after: split)...])
      guard !keys.isEmpty, let changed = Self.set(object, keys[...], Self.value(text)) else {
        throw TrainingError(.recipe, index: index)
      }
      object = changed
    }
    guard let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    else { throw TrainingError(.recipe) }
    self.path = path
    self.data = data
  }

  /// Whether it is a chain rather than the recipe of one network.
  package var isChain: Bool {
    let fields = fields
    return ["classifier", "segmentation", "label"].allSatisfy { fields[$0] != nil }
  }

  /// Whether it is one of tiles.
  package var isTiles: Bool {
    let fields = fields
    return fields["tiles"] != nil && fields["settings"] != nil
  }

  /// Whether it is a decomposition of slices.
  package var isDecomposition: Bool { fields["decompositions"] != nil }

  /// Whether it is one of nodules by activation maps.
  package var isNodules: Bool { fields["nodules"] != nil }

  /// Whether it is a mixture of expert masks and image labels.
  package var isMixture: Bool {
    (fields["segmentation"] as? [String: Any])?["variants"] != nil
  }

  /// Throws `TrainingError`: `recipe`, `licenceRefused`.
  package func recipe() throws -> Recipe {
    let recipe = try decoded(Recipe.self)
    try recipe.check()
    return recipe
  }

  /// Throws `TrainingError`: `recipe`, `licenceRefused`.
  package func chain() throws -> ChainRecipe {
    let recipe = try decoded(ChainRecipe.self)
    try recipe.check()
    return recipe
  }

  /// Throws `TrainingError`: `recipe`, `licenceRefused`.
  package func mixture() throws -> MixedRecipe {
    let recipe = try decoded(MixedRecipe.self)
    try recipe.check()
    return recipe
  }

  /// Throws `TrainingError`: `recipe`, `licenceRefused`.
  package func tiles() throws -> TileRecipe {
    let recipe = try decoded(TileRecipe.self)
    try recipe.check()
    return recipe
  }

  /// Throws `TrainingError`: `recipe`, `licenceRefused`.
  package func decomposition() throws -> DecompositionRecipe {
    let recipe = try decoded(DecompositionRecipe.self)
    try recipe.check()
    return recipe
  }

  /// Throws `TrainingError`: `recipe`, `licenceRefused`.
  package func nodules() throws -> NoduleRecipe {
    let recipe = try decoded(NoduleRecipe.self)
    try recipe.check()
    return recipe
  }

  private func decoded<R: Decodable>(_ type: R.Type) throws -> R {
    guard let recipe = try? JSONDecoder().decode(type, from: data) else {
      throw TrainingError(.recipe)
    }
    return recipe
  }

  /// The file as fields; empty for one that is no object.
  private var fields: [String: Any] {
    ((try? JSONSerialization.jsonObject(with: data)) as? [String: Any]) ?? [:]
  }

  private static func value(_ text: String) -> Any {
    (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: [.fragmentsAllowed]))
      ?? text
  }

  private static func set(_ object: Any, _ keys: ArraySlice<String>, _ value: Any) -> Any? {
    guard let key = keys.first else { return value }
    let rest = keys.dropFirst()
    if var table = object as? [String: Any] {
      if rest.isEmpty, value is NSNull {
        table[key] = nil
        return table
      }
      guard let inner = set(table[key] ?? [String: Any](), rest, value) else { return nil }
      table[key] = inner
      return table
    }
    guard var list = object as? [Any], let place = Int(key), list.indices.contains(place),
      let inner = set(list[place], rest, value)
    else { return nil }
    list[place] = inner
    return list
  }
}
