// Only the disclose door vouches for a text.
import Labels

func snippet(text: String) {
  _ = Disclosed(PublicName(documentName: text))
}
