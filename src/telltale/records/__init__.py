"""The one SQL layer: SQLite or PostgreSQL by URL, one SQL text for both, commits that last."""
