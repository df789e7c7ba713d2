"""What moves what: graphs of factors, paths, what-if, and a network over the graph."""
