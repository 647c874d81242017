"""What an operator can mend."""


class OperatorError(Exception):
    """Something outside the code is wrong; the message is one line that names it and says what to change."""
