// Nobody outside makes a labelled value from bytes and spans, and so with fewer labels.
import Labels

func snippet() {
  _ = LabeledText.init(text:label:)
}
