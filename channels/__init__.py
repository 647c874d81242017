"""Translators between platforms and domain.messages, nothing else."""
