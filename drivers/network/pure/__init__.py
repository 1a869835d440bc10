"""What the kernel, the wire and a server said, judged. Standard library only."""
