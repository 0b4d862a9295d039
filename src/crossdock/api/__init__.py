"""The HTTP edge: webhooks in, questions and acts of people and programs."""
