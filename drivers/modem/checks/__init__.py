"""Groups of checks: each looks at one thing, over the session and what the groups before it have learned."""
