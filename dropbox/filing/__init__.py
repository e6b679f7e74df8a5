"""Message, verdict and standing to a decision. Pure, and never raises on any input."""
