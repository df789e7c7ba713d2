"""The only part that draws."""
