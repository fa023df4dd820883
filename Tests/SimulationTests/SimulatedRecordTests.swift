import Encodings
import Labels
import RunEngine
import Testing

@testable import simulate

@Suite("Records of the simulation")
struct SimulatedRecordTests {
  private static let at = Instant(millisecondsSinceEpoch: 1_700_000_000_000)
  private static let run = RunID(at: at, random: [UInt8](repeating: 7, count: 10))
  private static let other = RunID(at: at, random: [UInt8](repeating: 8, count: 10))

  private static func records(of run: RunID) -> [SimulatedRecord] {
    let handle = ValueHandle(id: ValueID(raw: 0), label: SimulatedService.label(of: "given"))
    let events: [RunEvent] = [.started(at: at, roots: [:], variables: ["given": handle]), .cancelled(at: at)]
    return events.enumerated().map { offset, event in
      SimulatedRecord(
        sealing: event, labels: offset == 0 ? [handle.id: handle.label] : [:], run: run, sequence: offset + 1)
    }
  }

  @Test("A history reads back with the labels that were sealed")
  func reads() throws {
    let history = try #require(SimulatedHistory(Self.records(of: Self.run), of: Self.run))
    #expect(history.events.count == 2)
    #expect(history.events[0].variables["given"]?.label == SimulatedService.label(of: "given"))
  }

  @Test("A record of another place or run, or one that was changed, does not read")
  func refuses() {
    let records = Self.records(of: Self.run)
    #expect(SimulatedHistory(records.reversed(), of: Self.run) == nil)
    #expect(SimulatedHistory(records, of: Self.other) == nil)
    #expect(SimulatedHistory([records[0], Self.records(of: Self.other)[1]], of: Self.run) == nil)
    var random = SimulationRandom(seed: 1)
    for _ in 0..<200 {
      var damaged = records
      damaged[0].damage(using: &random)
      #expect(SimulatedHistory(damaged, of: Self.run) == nil)
    }
  }
}
