"""One step, the same offline and live: a frame goes in, rows of 128 channels and events come out."""
