"""Studies in which everything is known: simulated people, a planted truth, and the best possible score."""
