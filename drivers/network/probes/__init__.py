"""Questions to the network, each with its deadline. No payment message is ever sent."""
