"""The canonical model: documents and value types. Imports Python and pydantic only."""
