// Labelled values are not `Codable`: no decoder makes one without a label.
import Labels

func read<Value: Decodable>(_ type: Value.Type) {}

func snippet() {
  read(Int.self)
}
