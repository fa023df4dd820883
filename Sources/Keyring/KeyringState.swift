/// Where a keyring stands. A pure value: event in, next state or refusal out.
///
/// uninitialised → open (initialise); sealed → open (unseal); open → open (rotate) or sealed (seal). Nothing leads
/// back to uninitialised.
package enum KeyringState: Equatable, Sendable {
  case uninitialised
  case sealed
  case open(term: UInt32)

  /// What happened to the keyring.
  package enum Event: Equatable, Sendable {
    case initialised(term: UInt32)
    case unsealed(term: UInt32)
    case rotated(term: UInt32)
    case sealed
  }

  /// Refuses what is not possible in this state, with the error that a user should see. Sealing what is sealed and
  /// unsealing what is open change nothing and are no fault: an operator may ask twice.
  package func after(_ event: Event) -> Result<KeyringState, KeyringError> {
    switch (self, event) {
    case (.uninitialised, .initialised(let term)): .success(.open(term: term))
    case (.uninitialised, .unsealed), (.uninitialised, .rotated), (.uninitialised, .sealed): .failure(.notInitialised)
    case (.sealed, .unsealed(let term)): .success(.open(term: term))
    case (.sealed, .sealed): .success(.sealed)
    case (.sealed, .initialised), (.open, .initialised): .failure(.alreadyInitialised)
    case (.sealed, .rotated): .failure(.sealed)
    case (.open, .unsealed): .success(self)
    case (.open(let term), .rotated(let next)):
      next > term ? .success(.open(term: next)) : .failure(.unknownTerm(next))
    case (.open, .sealed): .success(.sealed)
    }
  }
}
