"""Rises of demand, told while they last: what is usual, what exceeds it, and how much is worth an alert. Pure."""

from etl.marts.spikes.detector import Alert, SpikeDetector
from etl.marts.spikes.grid import Grid
from etl.marts.spikes.replay import replay

__all__ = ["Alert", "Grid", "SpikeDetector", "replay"]
