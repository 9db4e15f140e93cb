"""The demonstration: invented agencies, people and cases, and the one command that shows them."""
