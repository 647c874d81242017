"""Use-cases: one function per thing that happens, whatever the channel."""
