"""The moment at which the tests began, the same in every process that runs some of them."""

import os
import time

NOW = int(os.environ.setdefault("TESTS_BEGAN_AT", str(int(time.time()))))
