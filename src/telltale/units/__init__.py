"""From descriptors to the 128 channels: neutral, head, spotting, training."""
