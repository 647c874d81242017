"""Files that are sent in chats."""
