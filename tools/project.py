"""Where the project lies on this machine."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
