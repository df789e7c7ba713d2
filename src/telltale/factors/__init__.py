"""Factors: what may cause what in a study, on a grid of time, each with its source and its place in time."""
