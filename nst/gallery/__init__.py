"""Style pictures of our own."""
