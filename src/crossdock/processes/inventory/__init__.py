"""Inventory: what each warehouse says it has."""
