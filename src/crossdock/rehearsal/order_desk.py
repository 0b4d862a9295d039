"""The order desk of the rehearsal: what a person does about what is held."""

from rich.console import Console

from crossdock.engine.store import Store, load_queries
from crossdock.ops.mapping import map_code
from crossdock.rehearsal.house import House
from crossdock.rehearsal.trading_day import OWN_CODE, STRANGER_SKU

SQL = load_queries(__package__, "rehearsal.sql")
