"""Ask a database of known vulnerabilities about every locked dependency; without a way to it, say so and go on."""

import subprocess
import sys
from typing import Final

UNREACHABLE: Final = ("error sending request", "dns error", "timed out", "Connect")


def main(uv: str) -> None:
    """Exits with 1 where a dependency is known to be vulnerable, or the question fails for another reason."""
    command = [uv, "audit", "--preview-features", "audit", "--locked"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode and any(sign in asked.stderr for sign in UNREACHABLE):
        print("The dependencies were not audited: the database of vulnerabilities can't be reached from here.")
        return
    print(asked.stdout + asked.stderr, end="")
    sys.exit(asked.returncode)


if __name__ == "__main__":
    main(sys.argv[1])
