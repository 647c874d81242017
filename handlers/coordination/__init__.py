"""Coordination under Decision 238-QĐ/TW: what the coordinating office and the leads of agencies do from their chats."""
