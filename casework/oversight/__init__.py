"""Supervision: who has seen what in a case, what was refused, who signed in. Content is never shown here."""
