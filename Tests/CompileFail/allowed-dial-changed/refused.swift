// A proof stays for the destination that was checked.
import Destinations

func snippet(dial: inout AllowedDial, url: CanonicalURL) {
  // expect: cannot assign to property: 'hostPort' is a 'let' constant
  dial.hostPort = url.origin
}
