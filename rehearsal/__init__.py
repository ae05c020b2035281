"""A whole programme, played through the public API as clients and staff would, and its books checked at the end."""
