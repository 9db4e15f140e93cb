"""Emergency access: one case, a typed reason, three hours, everyone told at once, and a review by somebody else."""
