"""`report coverage` and `report trend`."""

COMMANDS = ()
