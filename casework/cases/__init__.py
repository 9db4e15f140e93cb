"""The child, the case, who takes part, and what each compartment holds."""
