"""Models as files: sessions that run them, where they came from, their cards."""
