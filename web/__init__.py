"""The HTTP edge: chat page, webhooks, health."""
