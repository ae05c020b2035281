"""The pages of the programme's staff: the desk sees appointments and attendance, the secretariat everything."""
