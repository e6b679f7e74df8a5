"""What a mail becomes: the road from bytes on a wire to what is decided about each customer."""
