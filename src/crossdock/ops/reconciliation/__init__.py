"""Compare what outside systems list with what the ledger says; name, value and own what differs."""
