import TestSupport
import Testing

@testable import Keyring

@Suite("Slots")
struct SlotUseTests {
  @Test("A set of slots does what a set does, over thousands of random steps")
  func slotSet() {
    var random = SeededRandom(seed: 21)
    var slots = SlotSet()
    var model: Set<UInt32> = []
    for _ in 0..<5000 {
      let slot = UInt32(random.number(in: 0...700))
      switch random.number(in: 0...3) {
      case 0, 1:
        slots.insert(slot)
        model.insert(slot)
      case 2:
        slots.remove(slot)
        model.remove(slot)
      default:
        let popped = slots.popFirst()
        #expect(popped == model.min())
        if let least = model.min() { model.remove(least) }
      }
      #expect(slots.count == model.count && slots.isEmpty == model.isEmpty)
      #expect(slots.contains(slot) == model.contains(slot))
      #expect(slots.first == model.min())
    }
    #expect(slots.members == model.sorted())
    #expect(!slots.contains(1_000_000))
    slots.remove(1_000_000)
  }

  @Test("Slots go from unknown to taken or free, from ready to taken and back, and away when the file shrinks")
  func states() {
    var use = SlotUse()
    use.addUnknown(0..<4)
    let none = use.take()
    #expect(none == nil)
    #expect(use.occupied == [0, 1, 2, 3])
    let (orphans, missing) = use.keep([1, 9])
    #expect(orphans.members == [0, 2, 3])
    #expect(missing == [9])
    use.free(orphans, below: 3)
    #expect(use.occupied == [1])
    #expect(use.readyCount == 2 && use.isReady(0) && use.isReady(2) && !use.contains(3))
    let first = use.take()
    use.giveBack(0)
    let again = use.take()
    #expect(first == 0 && again == 0)
    #expect(use.occupied(among: [0, 1, 2, 3, 9]).members == [0, 1])
    let (_, lost) = use.keep([0, 1])
    #expect(lost == [])
  }
}
