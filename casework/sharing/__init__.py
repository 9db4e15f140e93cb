"""Shares: one agency lets another have compartments of a case; a supervisor there accepts and names people."""
