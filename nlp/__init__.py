"""Text in, reading out: understands Vietnamese as people type it. Pure, and knows no other package of the project."""
