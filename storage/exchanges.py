"""Exchanges between bodies: who informs, asks or proposes, and who replied."""
