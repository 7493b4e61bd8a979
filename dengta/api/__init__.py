"""Floor 11: the platform for programs, REST with OpenAPI; enters apps by actions and queries."""
