// A labelled value is no text: what wants a `String` does not take it.
import Labels

func snippet(text: LabeledText) {
  // expect: cannot convert value of type 'LabeledText' to specified type 'String'
  let shown: String = text
  _ = shown
}
