import Synchronization

/// Where each part of a list stands, by name: made at the first look-up, and not again as long as the list stays as it is.
/// A document may have ten thousand steps, and a run looks one up at each of them.
///
/// No part of what a document says: two of them are equal whatever was looked up. Whoever changes the list begins a new
/// one; copies of a document share theirs until then.
final class NamePlaces: Sendable {
  private struct State {
    var places: [String: Int]?
    var makings = 0
  }

  private let state = Mutex(State())

  /// How often the names were gone through.
  var makings: Int { state.withLock { $0.makings } }

  /// The place of the first part of this name; nil where there is none.
  ///
  /// - Parameter names: of all parts, in their order; asked for once.
  func place(of name: String, among names: () -> [String]) -> Int? {
    state.withLock { state in
      if let places = state.places { return places[name] }
      let places = Dictionary(names().enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      state.makings += 1
      state.places = places
      return places[name]
    }
  }
}

extension NamePlaces: Equatable {
  static func == (left: NamePlaces, right: NamePlaces) -> Bool { true }
}
