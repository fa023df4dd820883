// A parameter that is bound to a URL is opened by the send door only.
import Destinations
import Labels

func snippet(parameters: BoundParameters, parameter: BoundParameter, url: CanonicalURL, template: URLTemplate) {
  _ = parameter.place
}
