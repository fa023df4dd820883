// Only the disclose door vouches for a text.
import Labels

func snippet(text: String) {
  // expect: 'Disclosed' initializer is inaccessible due to 'internal' protection level
  _ = Disclosed.init(vouched:)(text)
}
