"""Planning, appointments, places and attendance."""
