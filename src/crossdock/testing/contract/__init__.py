"""Behaviour every connector has, tested once: inherit in `tests/contract/<system>/test_….py`."""
