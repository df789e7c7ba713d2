"""Video in: files, cameras, streams and folders of frames, all as frames with real presentation times."""
