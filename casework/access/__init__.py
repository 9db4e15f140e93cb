"""Who may see what: grants, walls, database policies, and the decorator that every view declares its rule with."""
