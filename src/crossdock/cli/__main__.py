"""`python -m crossdock.cli` is `crossdock`."""

from crossdock.cli.main import app

app()
