// Only the send door makes what can be written on the wire.
import Labels

func snippet(request: SendableRequest) {
  // expect: 'SendableRequest' initializer is inaccessible due to 'internal' protection level
  _ = SendableRequest.init(dial:method:target:headers:body:carriesSecrets:record:)
}
