"""供需对接: needs, requests, quotes, the choice and its reason."""
