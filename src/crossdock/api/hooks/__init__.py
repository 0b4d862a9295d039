"""Webhooks: a plain ASGI path in front of the framework, so that nothing is paid twice."""
