"""What every part stands on: channels, Signal, checks, configuration, chance, time, files, errors."""
