"""How hypothesis runs: at random on a desk, always the same in CI, where a failure prints how to repeat it."""

import os

from hypothesis import settings

from tests.moment import NOW

assert NOW  # read before there are other processes, which then begin at the same moment
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")
