import Encodings
import Labels
import RunEngine

/// Outcomes as the performer would record them, with handles that nothing reads.
enum Answers {
  static func success(_ address: EffectAddress, at: Instant) -> RunEvent {
    let handle = ValueHandle(id: ValueID(raw: 1), label: .clear)
    return .callAnswered(
      address, at: at, request: nil,
      response: ResponseRecord(status: 200, headers: handle, body: handle, durationMilliseconds: 1),
      variables: ["last": handle])
  }

  static let handle = ValueHandle(id: ValueID(raw: 1), label: .clear)

  static let request = RequestRecord(method: "POST", url: handle, headers: handle, body: nil)

}
