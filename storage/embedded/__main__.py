"""Entry of the supervisor process."""

import sys

from storage.embedded.supervisor import main

sys.exit(main(sys.argv[1:]))
