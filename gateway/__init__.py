"""The front door: pages and JSON API over the services, staff identity, and nothing that a service should decide."""
