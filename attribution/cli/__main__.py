"""python -m attribution.cli: the command, where it is not installed."""
import sys

from attribution.cli import main

sys.exit(main())
