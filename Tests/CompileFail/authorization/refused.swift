// Only the authoriser makes an authorisation.
import Access

func snippet(given: Authorization) {
  // expect: 'Authorization' initializer is inaccessible due to 'fileprivate' protection level
  _ = Authorization.init(token:path:capability:isPrivileged:needsSecondPerson:explanation:decidedAt:)
}
