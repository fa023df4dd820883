"""The canary hunt: doors through which secrets come in, an outside API that fails in every way and repeats what it was
sent, a walk over every route and command, and the search (`canaryhunt`) through everything that was left behind."""
