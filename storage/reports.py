"""Reports asked for and made, and what agencies say in their own words."""
