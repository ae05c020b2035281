"""How any service of this house talks and stores. No word of the domain; a closed list of modules."""
