"""What must hold at any moment, checked on a schedule."""
