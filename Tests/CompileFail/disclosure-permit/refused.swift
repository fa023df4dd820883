// A permit to disclose is made from an authorisation, and in no other way.
import Access

func snippet(authorization: Authorization) {
  // expect: 'DisclosurePermit' initializer is inaccessible due to 'private' protection level
  _ = DisclosurePermit(authorization: authorization, kind: .machine)
}
