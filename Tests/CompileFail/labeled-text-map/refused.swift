// There is no `map`: its closure would carry plaintext out. Only named transforms touch content.
import Labels

func snippet(text: LabeledText) {
  // expect: value of type 'LabeledText' has no member 'map'
  _ = text.map { $0 }
}
