"""`python -m virtualptz` is the command `virtualptz`."""

import sys

from .cli import main

sys.exit(main())
