"""Who vouches for a mail: envelope and message to a verdict."""
