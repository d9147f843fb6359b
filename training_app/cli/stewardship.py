"""`seed`, `demo` and `check`."""

COMMANDS = ()
