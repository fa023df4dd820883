// A labelled value is no text: what wants a `String` does not take it.
import Labels

func snippet(text: LabeledText) {
  let shown: String = text.maskedText
  _ = shown
}
