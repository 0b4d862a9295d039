"""The silent-loss meter: what was lost and where, and the proof that the meter itself lives."""
