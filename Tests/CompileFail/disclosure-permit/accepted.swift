// A permit to disclose is made from an authorisation, and in no other way.
import Access

func snippet(authorization: Authorization) {
  _ = DisclosurePermit.machine(authorization)
}
