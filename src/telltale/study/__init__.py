"""A study of live commerce on disk: its format, its check, its consents, and how it is cut for analysis."""
