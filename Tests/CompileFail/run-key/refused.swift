// Only the run-key file makes run keys.
import Keyring

func snippet(key: RunKey) {
  // expect: 'RunKey' initializer is inaccessible due to 'internal' protection level
  _ = RunKey(slot: 1, generation: 1, key: .init(random: 32), random: .system)
}
