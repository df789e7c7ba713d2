"""Telltale reads the small signs on a face during live commerce and finds out what they mean for a sale."""

from importlib.metadata import version as _version

__version__ = _version("telltale-live")
