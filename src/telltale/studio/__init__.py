"""The web application's server: reads what was stored, runs no model, serves the pages."""
