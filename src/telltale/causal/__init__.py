"""What caused what: graphs of causes, effects, paths and what-if."""
