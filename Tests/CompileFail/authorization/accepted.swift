// Only the authoriser makes an authorisation.
import Access

func snippet(given: Authorization) {
  _ = given.capability
}
