"""Real crashes: processes, servers and networks of a whole Crossdock are broken under traffic."""
