"""What may be shown because of a reading, whom chance holds it back from, and the proof of it."""
