"""Continuous integration on a model of Arm Corstone-300: what is run there, how, and what it must have said.

``job`` makes the files of a run, ``backend`` and ``drive`` run a spec with Arm's avhclient here or on AWS,
``judge`` reads what came back. The parts that run beside the model are in ``ci/avh``.
"""
