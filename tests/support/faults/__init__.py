"""A proxy that injects faults into syncs, the scenarios, and what must be true after each."""
