// A request that was filled in shows its URL to nobody before it is sent.
import Labels

func snippet(request: RenderedRequest) {
  _ = request.origin
}
