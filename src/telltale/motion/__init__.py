"""How a face moves: flow between aligned faces, regions and their descriptors."""
