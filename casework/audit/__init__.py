"""Every look and every change: entries that can't be rewritten unnoticed. The ground floor."""
