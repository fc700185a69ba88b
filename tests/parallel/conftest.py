"""One cluster for the tests of a file."""

from collections.abc import Iterator

import pytest

from tests_dask_cluster import local


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The address of a scheduler with two workers."""
    with local(2) as running:
        yield running.scheduler_address
