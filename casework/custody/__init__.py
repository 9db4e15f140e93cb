"""Who the child is, for members without that compartment: they ask, and the identity custodian decides."""
