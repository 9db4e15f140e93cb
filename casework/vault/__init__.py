"""Case keys and encrypted fields: the only place where plaintext comes out."""
