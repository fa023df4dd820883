/// Who uses which slot of the run-key file. A slot is unknown (the file brought it, and the database has not been
/// asked), taken (by a run), or ready (a fresh key that nobody has). A pure value.
///
/// unknown → taken or ready (sweep); ready → taken (a run takes it); taken → ready (destroyed, with a fresh key); any →
/// gone (the file became shorter).
struct SlotUse: Equatable, Sendable {
  private var unknown = SlotSet()
  private var taken = SlotSet()
  private var ready = SlotSet()

  var readyCount: Int { ready.count }

  /// Unknown or taken, in ascending order.
  var occupied: [UInt32] { (unknown.members + taken.members).sorted() }

  func contains(_ slot: UInt32) -> Bool { unknown.contains(slot) || taken.contains(slot) || ready.contains(slot) }

  func isReady(_ slot: UInt32) -> Bool { ready.contains(slot) }

  /// Those of the slots that are unknown or taken.
  func occupied(among slots: some Sequence<UInt32>) -> SlotSet {
    slots.reduce(into: SlotSet()) { set, slot in
      if unknown.contains(slot) || taken.contains(slot) { set.insert(slot) }
    }
  }

  mutating func addUnknown(_ slots: Range<UInt32>) { unknown.insert(slots) }
  mutating func addReady(_ slots: Range<UInt32>) { ready.insert(slots) }

  /// The least ready slot, which is taken from now on.
  mutating func take() -> UInt32? {
    guard let slot = ready.popFirst() else { return nil }
    taken.insert(slot)
    return slot
  }

  /// Undoes `take` for a slot whose key nobody has seen.
  mutating func giveBack(_ slot: UInt32) {
    taken.remove(slot)
    ready.insert(slot)
  }

  /// Unknown slots that the database knows become taken. Returns the unknown ones that it does not know (they stay
  /// unknown until they are freed), and the known ones that there is no key for.
  mutating func keep(_ known: some Sequence<UInt32>) -> (orphans: SlotSet, missing: [UInt32]) {
    var missing: [UInt32] = []
    for slot in known {
      if unknown.contains(slot) {
        unknown.remove(slot)
        taken.insert(slot)
      } else if !taken.contains(slot) {
        missing.append(slot)
      }
    }
    return (unknown, missing)
  }

  /// Slots whose keys were destroyed: ready with a fresh key, or gone when the file ends before them.
  mutating func free(_ slots: SlotSet, below end: UInt32) {
    for slot in slots.members {
      unknown.remove(slot)
      taken.remove(slot)
      if slot < end { ready.insert(slot) }
    }
  }
}
