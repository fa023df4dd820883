// Only the authoriser makes an authorisation.
import Access

func snippet(given: Authorization) {
  // expect: 'Authorization' initializer is inaccessible due to 'fileprivate' protection level
  _ = Authorization(
    token: given.token, path: given.path, capability: .read, isPrivileged: true, explanation: given.explanation,
    decidedAt: given.decidedAt)
}
