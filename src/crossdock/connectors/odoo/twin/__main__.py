"""`python -m crossdock.connectors.odoo.twin --port 8069`."""

from crossdock.connectors.odoo.twin.odoo_twin import DATABASE, KEY, OdooTwin
from crossdock.testing.twin_server import arguments, run


def main() -> None:
    """Serve until interrupted."""
    parser = arguments("odoo")
    parser.add_argument("--key", default=KEY)
    parser.add_argument("--database", default=DATABASE)
    options = parser.parse_args()
    run(OdooTwin(key=options.key, database=options.database), options)


if __name__ == "__main__":
    main()
