"""Maps over seeds, pictures and clips: on this computer's processors, or on a Dask cluster.

`Workers.each` is all there is to it. What a map's function is given comes from the sender and what it gives back goes
there as values: a worker has the same emojicam installed, and none of the sender's files.
"""

from emojicam.parallel.workers import HERE, Workers

__all__ = ["HERE", "Workers"]
