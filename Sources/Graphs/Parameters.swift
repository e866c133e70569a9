import Tensors

/// Named tensors: the weights of a network, or gradients and optimizer state under their names.
package struct Parameters: Sendable, Equatable {
  private var tensors: [String: Tensor] = [:]

  package init() {}

  package init(_ tensors: [String: Tensor]) { self.tensors = tensors }

  package subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set { tensors[name] = newValue }
    _modify { yield &tensors[name] }
  }

  /// The names in ascending order of their UTF-8 bytes: the order of the file form.
  package var names: [String] { tensors.keys.sorted() }

  /// The number of scalars in all tensors.
  package var count: Int { tensors.values.reduce(0) { $0 + $1.shape.count } }
}
