"""The commands: one module per noun. What a page would need too lives in storage."""
