"""The service: viewers' rows in, probabilities and decisions out, as it happens."""
