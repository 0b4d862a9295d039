"""One row of one company in every table that has a company: what another company must not see."""

from crossdock.engine.store import Transaction

AT = "'2026-01-05 08:00+00'"
ROWS: dict[str, tuple[str, str]] = {
    "principal": ("company_id, name, kind, created_at", f"{{c}}, 'p{{c}}', 'service', {AT}"),
    "role_grant": (
        "company_id, principal_id, role, granted_at",
        f"{{c}}, (SELECT principal_id FROM principal WHERE company_id = {{c}}), 'admin', {AT}",
    ),
    "api_key": (
        "key_id, company_id, principal_id, secret_hash, created_at, expires_at",
        "'k{c}', {c}, (SELECT principal_id FROM principal WHERE company_id = {c}), 'h', "
        f"{AT}, {AT}",
    ),
    "audit": (
        "company_id, sequence, at, principal, action, subject, detail, previous_hash, hash",
        f"{{c}}, 1, {AT}, 'p', 'a', 's', '{{{{}}}}', '0', '1'",
    ),
    "connection": (
        "company_id, name, system, settings, secrets, created_at",
        f"{{c}}, 'connection_{{c}}', 'paper', '{{{{}}}}', '{{{{}}}}', {AT}",
    ),
    "delivery": (
        "received_at, company_id, connection_id, source, topic, message_key, duplicate, headers, "
        "body",
        f"{AT}, {{c}}, {{c}}, 'webhook', 't', 'm', false, '', 'secret of {{c}}'",
    ),
    "message": (
        "company_id, connection_id, message_key, kind, work_key, source, lane, state, received_at, "
        "delivery_id, ready_at",
        f"{{c}}, {{c}}, 'm', 'k', 'w', 'webhook', 1, 'waiting', {AT}, 1, {AT}",
    ),
    "refused_arrival": (
        "connection_id, company_id, day, reason, count",
        "{c}, {c}, '2026-01-05', 'bad_signature', 1",
    ),
    "lease": ("company_id, work_key, fence, owner, until", f"{{c}}, 'w', 1, 'o', {AT}"),
    "document": (
        "company_id, work_key, document_type, connection_id, status, data, created_at, updated_at",
        f"{{c}}, 'w', 'SalesOrder', {{c}}, 'new', '{{{{}}}}', {AT}, {AT}",
    ),
    "identity_claim": ("company_id, identity, work_key, claimed_at", f"{{c}}, 'i', 'w', {AT}"),
    "alias": ("company_id, alias, work_key", "{c}, 'a', 'w'"),
    "event": (
        "company_id, work_key, type, occurred_at, data",
        f"{{c}}, 'w', 'sales_order.held', {AT}, '{{{{}}}}'",
    ),
    "hold": (
        "company_id, connection_id, work_key, kind, code, reason, fix, owner, opened_at",
        f"{{c}}, {{c}}, 'w', 'held', 'c', 'r', 'f', 'o', {AT}",
    ),
    "effect": (
        "company_id, connection_id, effect_key, operation, target_key, work_key, lane, state, "
        "request, created_at, ready_at",
        f"{{c}}, {{c}}, 'e', 'o', 't', 'w', 1, 'waiting', '', {AT}, {AT}",
    ),
    "attempt": (
        "company_id, effect_id, number, purpose, worker, fence, started_at",
        f"{{c}}, {{c}}, 1, 'send', 'w', 1, {AT}",
    ),
    "stream": (
        "connection_id, company_id, stream, due_at, interval_seconds",
        "(SELECT connection_id FROM connection WHERE company_id = {c}), {c}, 's', " + f"{AT}, 1",
    ),
    "projection": (
        "connection_id, company_id, kind, external_id, data, active, seen_at",
        f"{{c}}, {{c}}, 'products', '1', '{{{{}}}}', true, {AT}",
    ),
    "projection_key": (
        "connection_id, company_id, kind, key, external_id",
        "{c}, {c}, 'products', 'sku:A', '1'",
    ),
    "crosswalk": (
        "company_id, connection_id, kind, external_code, canonical_code, created_at, created_by",
        "{c}, (SELECT connection_id FROM connection WHERE company_id = {c}), 'sku', 'A', 'B', "
        f"{AT}, 'p'",
    ),
    "close_run": (
        "company_id, day, scope, digest, differences, closed_at, closed_by, audit_sequence, "
        "audit_hash, result",
        f"{{c}}, '2026-01-05', '', 'd', 0, {AT}, 'p', 1, '1', '{{{{}}}}'",
    ),
    "stock_location": (
        "company_id, name, authority, warehouse_connection_id, created_at",
        "{c}, 'l', 'warehouse', (SELECT connection_id FROM connection WHERE company_id = {c}), "
        f"{AT}",
    ),
    "stock_position": (
        "company_id, connection_id, place, sku, measure, amount, unit, as_of, work_key",
        f"{{c}}, {{c}}, '', 'A', 'available', 1, 'EA', {AT}, 'w'",
    ),
}
"""Columns and values by table, in an order that foreign keys allow; {c} is the company."""


def insert_statement(table: str, company_id: int) -> str:
    columns, values = ROWS[table]
    return f"INSERT INTO {table} ({columns}) VALUES ({values.format(c=company_id)})"


def insert_one_row_each(tx: Transaction, company_id: int) -> None:
    for table in ROWS:
        tx.run(insert_statement(table, company_id))
