"""GitHub workflows, checked and run on this computer.

``expression`` parses what is between ``${{`` and ``}}``, ``check`` holds a workflow to our rules, ``run`` executes
the ``run:`` steps of a job. Development only: reads ``.github/workflows`` of the checkout.
"""
