"""The bad files, made once for all tests of this part."""

from pathlib import Path

import pytest
from tests.media.bad_files import make_bad_files


@pytest.fixture(scope="session")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_bad_files(tmp_path_factory.mktemp("bad"))
