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

  static func address(of event: RunEvent) -> EffectAddress? {
    switch event {
    case .callIntended(let address, _), .callAnswered(let address, _, _, _, _), .callFailed(let address, _, _, _, _),
      .conditionDecided(let address, _, _), .conditionFailed(let address, _, _), .waitElapsed(let address, _):
      address
    case .started, .startFailed, .restarted, .cancelled: nil
    }
  }
}
