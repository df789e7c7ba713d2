"""Finding faces, following them, and saying where their points lie."""
