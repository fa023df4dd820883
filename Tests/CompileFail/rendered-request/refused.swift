// A request that was filled in shows its URL to nobody before it is sent.
import Labels

func snippet(request: RenderedRequest) {
  // expect: 'target' is inaccessible due to 'internal' protection level
  _ = request.target
}
