"""What the programme writes to people: which mail, to whom, when, and what became of it."""
