"""Requests enter, one function for each address; what they ask for is worked out, and replies leave."""
