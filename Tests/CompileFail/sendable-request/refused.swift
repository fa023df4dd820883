// Only the send door makes what can be written on the wire.
import Destinations
import Labels

func snippet(dial: AllowedDial, request: SendableRequest) {
  // expect: 'SendableRequest' initializer is inaccessible due to 'internal' protection level
  _ = SendableRequest(
    dial: dial, method: "GET", url: "", headers: [], body: [], carriesSecrets: false, record: request.record)
}
