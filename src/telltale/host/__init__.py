"""What of a host's face comes with sales, engagement and faster sales, and which of it survives all else."""
