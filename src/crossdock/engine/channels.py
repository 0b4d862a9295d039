"""Names of the notification channels that wake the stages. Polling guarantees what they hint at."""

APPLY = "crossdock_apply"
DELIVER = "crossdock_deliver"
SWEEP = "crossdock_sweep"
ALL = (APPLY, DELIVER, SWEEP)
