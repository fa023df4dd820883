// Only the check of grants makes the proof that a runbook may read a secret.
import SecretStore

func snippet(grant: RunbookGrant, path: KVPath) {
  _ = GrantCheck.decide(runbookID: "r", path: path, material: grant.material, grants: [grant])
}
