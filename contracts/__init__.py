"""The published language: every fact that travels between services, declared once."""
