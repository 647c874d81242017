"""What must hold when processes are killed, platforms refuse and messages break."""
