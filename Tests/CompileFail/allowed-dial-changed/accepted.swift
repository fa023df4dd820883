// A proof stays for the destination that was checked.
import Destinations

func snippet(dial: inout AllowedDial, url: CanonicalURL) {
  _ = dial.covers(url)
}
