// Labelled values are not `Codable`: no decoder makes one without a label.
import Labels

func read<Value: Decodable>(_ type: Value.Type) {}

func snippet() {
  // expect: requires that 'LabeledText' conform to 'Decodable'
  read(LabeledText.self)
}
