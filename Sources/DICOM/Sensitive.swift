/// A value that says something about a patient: names, identifiers, dates, paths.
///
/// It does not print: description, debug description and mirror are empty, so that a log line or
/// an interpolation cannot leak it. Reading `value` is a decision that can be searched for.
package struct Sensitive<Value: Sendable>: Sendable {
  package let value: Value

  package init(_ value: Value) {
    self.value = value
  }

  package func map<Other: Sendable>(_ transform: (Value) throws -> Other) rethrows
    -> Sensitive<Other>
  {
    Sensitive<Other>(try transform(value))
  }
}

extension Sensitive: Equatable where Value: Equatable {}
extension Sensitive: Hashable where Value: Hashable {}

extension Sensitive: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "" }
  package var debugDescription: String { "" }
  package var customMirror: Mirror { Mirror(self, children: [(label: String?, value: Any)]()) }
}
