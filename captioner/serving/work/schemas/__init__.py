"""What may be asked of the service enters, and what it replies leaves, as its OpenAPI description tells."""
