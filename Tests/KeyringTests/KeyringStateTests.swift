import Testing

@testable import Keyring

@Suite("States of the keyring")
struct KeyringStateTests {
  @Test("Every state meets every event as the table says")
  func table() {
    let rows: [(KeyringState, KeyringState.Event, Result<KeyringState, KeyringError>)] = [
      (.uninitialised, .initialised(term: 1), .success(.open(term: 1))),
      (.uninitialised, .unsealed(term: 1), .failure(.notInitialised)),
      (.uninitialised, .rotated(term: 1), .failure(.notInitialised)),
      (.uninitialised, .sealed, .failure(.notInitialised)),
      (.sealed, .initialised(term: 1), .failure(.alreadyInitialised)),
      (.sealed, .unsealed(term: 4), .success(.open(term: 4))),
      (.sealed, .rotated(term: 5), .failure(.sealed)),
      (.sealed, .sealed, .success(.sealed)),
      (.open(term: 4), .initialised(term: 1), .failure(.alreadyInitialised)),
      (.open(term: 4), .unsealed(term: 3), .success(.open(term: 4))),
      (.open(term: 4), .rotated(term: 5), .success(.open(term: 5))),
      (.open(term: 4), .rotated(term: 4), .failure(.unknownTerm(4))),
      (.open(term: 4), .sealed, .success(.sealed)),
    ]
    for (state, event, expected) in rows { #expect(state.after(event) == expected, "\(state) \(event)") }
  }
}
