// Nobody outside makes a labelled value from bytes and spans, and so with fewer labels.
import Labels

func snippet() {
  // expect: 'LabeledText' initializer is inaccessible due to 'internal' protection level
  _ = LabeledText.init(bytes:spans:base:trace:form:)
}
