// There is no `map`: its closure would carry plaintext out. Only named transforms touch content.
import Labels

func snippet(text: LabeledText) {
  _ = Transforms.hex(text)
}
