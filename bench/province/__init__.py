"""A province of three years, simulated fast and without the chat, and an independent count of it."""
