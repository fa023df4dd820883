// Labelled values are not `Codable`: no encoder writes them.
import Labels

func write(_ value: some Encodable) {}

func snippet(text: LabeledText) {
  // expect: requires that 'LabeledText' conform to 'Encodable'
  write(text)
}
