"""A fleet of simulated associates at work over the public API: it knows nothing but the wire contract."""

from mobile_mock.fleet.plan import FleetAssociate, FleetPlan, FleetProduct
from mobile_mock.fleet.report import FleetReport
from mobile_mock.fleet.run import run_fleet

__all__ = ["FleetAssociate", "FleetPlan", "FleetProduct", "FleetReport", "run_fleet"]
