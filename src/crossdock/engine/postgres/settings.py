"""The embedded server's settings, written anew at every start.

Aim: API, one worker and PostgreSQL together within 400 MB. A site that wants other values
uses ALTER SYSTEM, which wins over this file.
"""

from pathlib import Path

FILE_NAME = "crossdock.conf"

SETTINGS = {
    # Who may connect: local processes of one account, with a password. No network at all.
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "password_encryption": "'scram-sha-256'",
    "max_connections": "100",
    # What was answered is on the disk.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Memory: many short statements, few at a time.
    "shared_buffers": "'128MB'",
    "work_mem": "'8MB'",
    "maintenance_work_mem": "'64MB'",
    "max_parallel_workers_per_gather": "0",
    "jit": "off",
    # Write-ahead log: few, smooth checkpoints; the bundled build has pglz only.
    "wal_compression": "'pglz'",
    "max_wal_size": "'2GB'",
    "checkpoint_timeout": "'15min'",
    # Queue tables live by update and delete: clean them early and without long naps.
    "autovacuum_naptime": "'15s'",
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_analyze_scale_factor": "0.02",
    "autovacuum_vacuum_insert_scale_factor": "0.1",
    "autovacuum_vacuum_cost_limit": "2000",
    # A forgotten transaction must not hold locks or stop the cleaning for ever.
    "idle_in_transaction_session_timeout": "'10min'",
    # Instants are UTC; the log keeps one week.
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "on",
    "log_filename": "'postgresql-%a.log'",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "'1d'",
    "log_lock_waits": "on",
    "log_checkpoints": "off",
}


def settings_text(socket_folder: Path) -> str:
    """The content of the settings file of a server that listens in `socket_folder`."""
    quoted = str(socket_folder).replace("'", "''")
    lines = [f"{name} = {value}" for name, value in SETTINGS.items()]
    return "\n".join([*lines, f"unix_socket_directories = '{quoted}'", ""])
