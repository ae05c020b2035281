"""How any service of this house talks and stores. No word of the domain; a closed list of modules."""

import warnings

# Known, and answered for in docs/adr/0001; no operator can do anything about it.
warnings.filterwarnings("ignore", message="(?s).*Eventlet is deprecated")
